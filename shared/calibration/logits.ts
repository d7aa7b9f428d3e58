// Logits of many examples and what softmax makes of them. Rows that are not finite say nothing and are in no
// figure. Pure.

/** Logits [N, K] row-major with the label of each row. */
export interface LabelledLogits {
  readonly classes: number;
  readonly labels: Int32Array;
  readonly logits: Float32Array;
}

/** A row that holds NaN or an infinity says nothing: no class is the largest. It is never read as a prediction. */
export function isFiniteRow(logits: Float32Array): boolean {
  return logits.every((logit) => Number.isFinite(logit));
}

/** Rows whose logits are all finite, in rising order. */
export function finiteRows({ labels, logits, classes }: LabelledLogits): Int32Array {
  return Int32Array.from(labels.keys()).filter((row) =>
    isFiniteRow(logits.subarray(row * classes, (row + 1) * classes)),
  );
}

/** The softmax of row `row` at temperature T, written into `into` [K]; returns ln Σ exp(z / T). */
export function softmaxRow(
  { logits, classes }: Omit<LabelledLogits, 'labels'>,
  row: number,
  temperature: number,
  into: Float64Array,
): number {
  const start = row * classes;
  let top = -Infinity;
  for (let k = 0; k < classes; k++) top = Math.max(top, (logits[start + k] ?? 0) / temperature);
  let sum = 0;
  for (let k = 0; k < classes; k++) {
    const value = Math.exp((logits[start + k] ?? 0) / temperature - top);
    into[k] = value;
    sum += value;
  }
  for (let k = 0; k < classes; k++) into[k] = (into[k] ?? 0) / sum;
  return top + Math.log(sum);
}

/** The first of the largest logits, as everywhere. */
export function predictedOf({ logits, classes }: LabelledLogits, row: number): number {
  const start = row * classes;
  let best = 0;
  for (let k = 1; k < classes; k++) {
    if ((logits[start + k] ?? 0) > (logits[start + best] ?? 0)) best = k;
  }
  return best;
}
