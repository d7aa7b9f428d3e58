// Two ways against unequal classes: weights for the loss, or an order that shows every class equally
// often. Pure: labels in, numbers out, the same for the same seed and epoch.
import { createRng, shuffle } from '../../shared/rng.ts';

/**
 * Inverse frequency: N / (K · nₖ) for the K classes that occur, so that the mean over all examples is 1
 * (scikit-learn's "balanced"). A class without examples gets 0.
 */
export function balancedWeights(labels: Int32Array, classCount: number): number[] {
  const counts = countsOf(labels, classCount);
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 0 : labels.length / (present * count)));
}

/**
 * One epoch of `labels.length` rows in which the numbers of rows of any two occurring classes differ by
 * at most one: small classes repeat, each through permutations of its own, large ones show a part.
 */
export function balancedEpoch(
  labels: Int32Array,
  classCount: number,
  { seed, epoch }: { readonly seed: number; readonly epoch: number },
): Int32Array {
  const rowsOf: number[][] = Array.from({ length: classCount }, () => []);
  labels.forEach((label, row) => rowsOf[label]?.push(row));
  const present = rowsOf.filter((rows) => rows.length > 0);
  // Who gets one more is drawn anew each epoch.
  const turns = shuffle(Array.from(present.keys()), createRng(seed, 'balance', epoch));
  const drawn = new Int32Array(labels.length);
  let filled = 0;
  turns.forEach((which, turn) => {
    const rows = present[which] ?? [];
    const wanted =
      Math.floor(labels.length / present.length) + (turn < labels.length % present.length ? 1 : 0);
    const rng = createRng(seed, 'balance', epoch, which);
    for (let taken = 0; taken < wanted; taken += rows.length) {
      const part = shuffle(Int32Array.from(rows), rng).subarray(0, wanted - taken);
      drawn.set(part, filled);
      filled += part.length;
    }
  });
  return shuffle(drawn, createRng(seed, 'balance order', epoch));
}

function countsOf(labels: Int32Array, classCount: number): number[] {
  const counts = Array<number>(classCount).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}
