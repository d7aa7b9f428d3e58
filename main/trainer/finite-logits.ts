// A row of logits that holds NaN or an infinity says nothing: no class is the largest. It is never read as
// a prediction.

/** @param logits [rows, classes], row-major */
export function rowsNotFinite(logits: Float32Array, classes: number): number {
  let count = 0;
  for (let start = 0; start < logits.length; start += classes) {
    if (!isFiniteRow(logits.subarray(start, start + classes))) count++;
  }
  return count;
}

export function isFiniteRow(logits: Float32Array): boolean {
  return logits.every((logit) => Number.isFinite(logit));
}
