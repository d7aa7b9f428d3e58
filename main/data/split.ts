// Draws a validation split from a training split that came without one: stratified (each class gives
// the same share) and seeded. Equal images stay on one side. Pure: labels in, row numbers out.
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
  /**
   * For each row the first row of equal pixels; such rows go to one side together, and the seed decides
   * which of equally deserving classes get one image more. Undefined: as it was before version 2 of the
   * rules, where rows are on their own and the first classes get more.
   */
  readonly equal?: Int32Array | undefined;
}

/** Rows that stay together, by their first. */
type Unit = readonly number[];

/**
 * Each class gives fraction · its size, rounded down; the largest remainders round up until val as a
 * whole has round(fraction · rows). A class with rows always keeps at least one in train. Rows of equal
 * pixels belong to the class of the first of them; a class may then give a few more or less.
 */
export function drawSplit(
  labels: Int32Array,
  classCount: number,
  { fraction, seed, equal }: SplitOptions,
): DrawnSplit {
  if (!(fraction >= 0 && fraction < 1)) {
    throw inputError(
      'bad-val-fraction',
      `The validation fraction is ${fraction}; it must be at least 0 and below 1.`,
      { path: 'valFraction', details: { given: fraction } },
    );
  }
  const unitsOf = unitsByClass(labels, classCount, equal);
  const sizes = unitsOf.map((units) => units.reduce((sum, unit) => sum + unit.length, 0));
  const order = Array.from({ length: classCount }, (_, i) => i);
  if (equal !== undefined) shuffle(order, createRng(seed, 'split-ties'));
  const shares = shareOut(sizes, fraction, order);
  const inVal = new Uint8Array(labels.length);
  unitsOf.forEach((units, label) => {
    // A stream per class: adding a class leaves the other classes' choice alone.
    const shuffled = [...units];
    shuffle(shuffled, createRng(seed, 'split', label));
    for (const unit of taken(shuffled, shares[label] ?? 0)) for (const row of unit) inVal[row] = 1;
  });
  const rows = Array.from(labels.keys());
  return {
    train: Int32Array.from(rows.filter((row) => inVal[row] === 0)),
    val: Int32Array.from(rows.filter((row) => inVal[row] === 1)),
  };
}

function unitsByClass(
  labels: Int32Array,
  classCount: number,
  equal: Int32Array | undefined,
): Unit[][] {
  const units: Unit[][] = Array.from({ length: classCount }, () => []);
  const byFirst = new Map<number, number[]>();
  labels.forEach((label, row) => {
    const first = equal?.[row] ?? row;
    const known = byFirst.get(first);
    if (known !== undefined) {
      known.push(row);
      return;
    }
    const unit = [row];
    byFirst.set(first, unit);
    units[label]?.push(unit);
  });
  return units;
}

/** The first units that fit into the share; one unit at least stays. */
function taken(units: readonly Unit[], share: number): Unit[] {
  const chosen: Unit[] = [];
  let missing = share;
  for (const unit of units) {
    if (missing <= 0 || chosen.length === units.length - 1) break;
    if (unit.length > missing) continue;
    chosen.push(unit);
    missing -= unit.length;
  }
  if (chosen.length > 0 || share === 0 || units.length < 2) return chosen;
  // All are copies: the smallest group is nearer to the share than nothing.
  const [smallest] = [...units].sort((a, b) => a.length - b.length);
  return smallest === undefined ? [] : [smallest];
}

/** `order`: which of classes with equal remainders comes first. */
function shareOut(sizes: readonly number[], fraction: number, order: readonly number[]): number[] {
  const wanted = sizes.map((size) => size * fraction);
  const shares = wanted.map((want, i) =>
    Math.min(Math.floor(want), Math.max(0, (sizes[i] ?? 0) - 1)),
  );
  const total = Math.round(sizes.reduce((sum, size) => sum + size, 0) * fraction);
  let missing = total - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = order
    .map((i) => ({ i, remainder: (wanted[i] ?? 0) - Math.floor(wanted[i] ?? 0) }))
    .sort((a, b) => b.remainder - a.remainder);
  for (const { i } of byRemainder) {
    if (missing <= 0) break;
    const share = shares[i] ?? 0;
    if (share + 1 >= (sizes[i] ?? 0)) continue;
    shares[i] = share + 1;
    missing--;
  }
  return shares;
}
