// Tests of a difference between two groups of measurements, each with its confidence interval. Pure.
// Which one is right is decided by `compareSamples`: paired where both sides ran the same seeds.
//   paired t: Student 1908; Welch: Welch 1947 with Satterthwaite's degrees of freedom;
//   sign flips: Fisher 1935, all 2ⁿ arrangements; Holm 1979 for several comparisons at once.
import { criticalT, twoSidedP } from './student.ts';
import { summarize } from './summary.ts';

export const TEST_NAMES = {
  'paired-t': 'paired t-test',
  'sign-flip': 'exact sign-flip permutation test on pairs',
  welch: "Welch's t-test",
} as const;
export type TestKind = keyof typeof TEST_NAMES;

export interface Difference {
  /** Mean of `b` less mean of `a`; over the pairs if paired. */
  readonly mean: number;
  /** 95 % confidence interval of it. */
  readonly low: number;
  readonly high: number;
  readonly p: number;
  readonly degrees: number;
  readonly test: TestKind;
  /** Pairs, or the smaller side. */
  readonly n: number;
}

/** Fewer pairs than this can't reach p < 0.05 by sign flips: 2⁵ arrangements give 0.0625 at best. */
export const SIGN_FLIP_PAIRS = 6;
/** 2²⁰ arrangements take some milliseconds; more seeds than that go to the t-test. */
const signFlipLimit = 20;

/** `b − a` for each pair. */
export function pairedDifference(
  a: readonly number[],
  b: readonly number[],
): Difference | undefined {
  const differences = a.map((value, i) => (b[i] ?? Number.NaN) - value);
  const found = summarize(differences);
  if (found === undefined || found.n !== a.length || found.error === null) return undefined;
  const { mean, n, error } = found;
  const degrees = n - 1;
  const half = error * criticalT(0.95, degrees);
  const isFlipped = n >= SIGN_FLIP_PAIRS && n <= signFlipLimit;
  const p = isFlipped ? signFlipP(differences) : tProbability(mean, error, degrees);
  const test = isFlipped ? 'sign-flip' : 'paired-t';
  return { mean, low: mean - half, high: mean + half, p, degrees, test, n };
}

/** Two independent sides of any size from 2, with unequal variances. */
export function welchDifference(
  a: readonly number[],
  b: readonly number[],
): Difference | undefined {
  const left = summarize(a);
  const right = summarize(b);
  if (!left || !right || left.error === null || right.error === null) return undefined;
  const mean = right.mean - left.mean;
  const [va, vb] = [left.error ** 2, right.error ** 2];
  const error = Math.sqrt(va + vb);
  const degrees =
    error === 0
      ? left.n + right.n - 2
      : (va + vb) ** 2 / (va ** 2 / (left.n - 1) + vb ** 2 / (right.n - 1));
  const half = error * criticalT(0.95, degrees);
  const p = tProbability(mean, error, degrees);
  const n = Math.min(left.n, right.n);
  return { mean, low: mean - half, high: mean + half, p, degrees, test: 'welch', n };
}

/** Share of all assignments of signs whose mean is at least as far from zero. */
export function signFlipP(differences: readonly number[]): number {
  const n = differences.length;
  const observed = Math.abs(differences.reduce((sum, value) => sum + value, 0));
  // Sums that are equal on paper differ in their last bits.
  const threshold = observed * (1 - 1e-12);
  let asExtreme = 0;
  const arrangements = 2 ** n;
  for (let signs = 0; signs < arrangements; signs++) {
    let sum = 0;
    for (let i = 0; i < n; i++)
      sum += (signs >> i) & 1 ? -(differences[i] ?? 0) : (differences[i] ?? 0);
    if (Math.abs(sum) >= threshold) asExtreme++;
  }
  return asExtreme / arrangements;
}

/** Holm's step-down adjustment, in the order given: what p would have to be for one test alone. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((i, j) => (ps[i] ?? 0) - (ps[j] ?? 0));
  const adjusted = [...ps];
  let largest = 0;
  order.forEach((at, rank) => {
    largest = Math.max(largest, Math.min(1, (ps[at] ?? 0) * (ps.length - rank)));
    adjusted[at] = largest;
  });
  return adjusted;
}

function tProbability(mean: number, error: number, degrees: number): number {
  // No spread at all: either there is no difference, or nothing about chance can be said from it.
  if (error === 0) return mean === 0 ? 1 : 0;
  return twoSidedP(mean / error, degrees);
}
