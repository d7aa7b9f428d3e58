// Draws a validation split from a training split that came without one: stratified (each class gives
// the same share) and seeded. Pure: labels in, row numbers out.
import { inputError } from '../../shared/errors.ts';
import { createRng, shuffle } from '../../shared/rng.ts';

export const DEFAULT_VAL_FRACTION = 0.1;

export interface DrawnSplit {
  /** Ascending row numbers. */
  readonly train: Int32Array;
  readonly val: Int32Array;
}

export interface SplitOptions {
  readonly fraction: number;
  readonly seed: number;
}

/**
 * Each class gives fraction · its size, rounded down; the largest remainders round up until val as a
 * whole has round(fraction · rows). A class with rows always keeps at least one in train.
 */
export function drawSplit(
  labels: Int32Array,
  classCount: number,
  { fraction, seed }: SplitOptions,
): DrawnSplit {
  if (!(fraction >= 0 && fraction < 1)) {
    throw inputError(
      'bad-val-fraction',
      `The validation fraction is ${fraction}; it must be at least 0 and below 1.`,
      { path: 'valFraction', details: { given: fraction } },
    );
  }
  const rowsOf: number[][] = Array.from({ length: classCount }, () => []);
  labels.forEach((label, row) => rowsOf[label]?.push(row));
  const shares = shareOut(
    rowsOf.map((rows) => rows.length),
    fraction,
  );
  const inVal = new Uint8Array(labels.length);
  rowsOf.forEach((rows, label) => {
    // A stream per class: adding a class leaves the other classes' choice alone.
    shuffle(rows, createRng(seed, 'split', label));
    for (const row of rows.slice(0, shares[label])) inVal[row] = 1;
  });
  const rows = Array.from(labels.keys());
  return {
    train: Int32Array.from(rows.filter((row) => inVal[row] === 0)),
    val: Int32Array.from(rows.filter((row) => inVal[row] === 1)),
  };
}

function shareOut(sizes: readonly number[], fraction: number): number[] {
  const wanted = sizes.map((size) => size * fraction);
  const shares = wanted.map((want, i) =>
    Math.min(Math.floor(want), Math.max(0, (sizes[i] ?? 0) - 1)),
  );
  const total = Math.round(sizes.reduce((sum, size) => sum + size, 0) * fraction);
  let missing = total - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = wanted
    .map((want, i) => ({ i, remainder: want - Math.floor(want) }))
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  for (const { i } of byRemainder) {
    if (missing <= 0) break;
    const share = shares[i] ?? 0;
    if (share + 1 >= (sizes[i] ?? 0)) continue;
    shares[i] = share + 1;
    missing--;
  }
  return shares;
}
