// A row of logits that holds NaN or an infinity says nothing: no class is the largest. It is never read as
// a prediction.

export function isFiniteRow(logits: Float32Array): boolean {
  return logits.every((logit) => Number.isFinite(logit));
}
