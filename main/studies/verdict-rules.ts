// From samples to verdicts: a claim that one mean is above another holds if the 95 % interval of their
// difference is; with fewer than two runs a side nothing is said. Pure.
import type { Outcome, Verdict } from '../../shared/contract/findings.ts';
import { welchDifference, type Difference } from '../../shared/stats/tests.ts';

export type Holds = 'yes' | 'no' | 'open';

/** Whether the mean of `b` is above that of `a`, by at least `margin`. */
export function isAbove(a: readonly number[], b: readonly number[], margin = 0): Holds {
  const difference = differenceOf(a, b);
  if (difference === undefined) return 'open';
  if (difference.low > margin) return 'yes';
  return difference.high <= margin ? 'no' : 'open';
}

/** Whether the mean of `b` is not above that of `a` by more than `margin`. */
export function isNotAbove(a: readonly number[], b: readonly number[], margin: number): Holds {
  const difference = differenceOf(a, b);
  if (difference === undefined) return 'open';
  if (difference.high <= margin) return 'yes';
  return difference.low > margin ? 'no' : 'open';
}

/** Welch's; undefined with fewer than two finite values on a side. */
export function differenceOf(a: readonly number[], b: readonly number[]): Difference | undefined {
  return welchDifference(a.filter(Number.isFinite), b.filter(Number.isFinite));
}

/** Of single measurements that need no spread. */
export function holdsIf(condition: boolean | undefined): Holds {
  if (condition === undefined) return 'open';
  return condition ? 'yes' : 'no';
}

/** All must hold; one that does not decides, one that is open leaves it open. */
export function outcomeOf(parts: readonly Holds[]): Outcome {
  if (parts.length === 0) return 'inconclusive';
  if (parts.includes('no')) return 'not-reproduced';
  return parts.includes('open') ? 'inconclusive' : 'reproduced';
}

export function verdictOf(
  rule: string,
  parts: readonly Holds[],
  seen: { readonly text: string; readonly n: number },
): Verdict {
  return { outcome: outcomeOf(parts), rule, seen: seen.text, n: seen.n };
}
