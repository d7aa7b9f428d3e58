// How many seeds a difference of two means needs. Pure.
import { criticalT } from './student.ts';

/** More than anybody trains; also the answer where even these would not do. */
export const MOST_SEEDS = 100_000;

/**
 * Seeds a side with which a difference of means is larger than half of its 95 % confidence interval, if
 * each run deviates by this much: the smallest n with t(0.95, 2n − 2) · deviation · √(2 / n) ≤ difference.
 */
export function seedsFor(difference: number, deviation: number): number {
  if (!(difference > 0)) return Infinity;
  for (let n = 2; n < MOST_SEEDS; n = n < 100 ? n + 1 : Math.ceil(n * 1.02)) {
    if (criticalT(0.95, 2 * n - 2) * deviation * Math.sqrt(2 / n) <= difference) return n;
  }
  return MOST_SEEDS;
}

/** The deviation of single runs that two groups have in common; undefined where neither has two runs. */
export function pooledDeviation(a: readonly number[], b: readonly number[]): number | undefined {
  const degrees = Math.max(0, a.length - 1) + Math.max(0, b.length - 1);
  return degrees === 0 ? undefined : Math.sqrt((squaresOf(a) + squaresOf(b)) / degrees);
}

function squaresOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}
