// From gradient norms by path length to the share of the gradient that paths of each length carry, and one
// number for how deep a network effectively is. Pure.
import { logGamma } from '../../../shared/stats/student.ts';

export interface PathShares {
  /** By length, 0 … n. */
  readonly pathShare: number[];
  readonly gradientShare: number[];
  readonly effectiveDepth: number;
  readonly effectiveRange: [number, number];
  /** Share of all paths that lie in the range. */
  readonly effectivePaths: number;
}

/** Of the gradient, in the effective range (Veit et al. 2016 call it "almost all"). */
const MOST = 0.95;

/**
 * Of 2ⁿ paths C(n, k) have length k. The gradient share of a length is C(n, k) times the mean norm of its
 * paths, over the sum of that for all lengths; norms between measured lengths are interpolated in their
 * logarithms. All in logarithms, as 2ⁿ is too large for a number from n = 1024 on.
 */
export function pathShares(
  blocks: number,
  measured: readonly { readonly length: number; readonly mean: number }[],
): PathShares {
  const logCount = Array.from(
    { length: blocks + 1 },
    (_, k) => logGamma(blocks + 1) - logGamma(k + 1) - logGamma(blocks - k + 1),
  );
  const logNorm = logCount.map((_, k) => interpolated(measured, k));
  const pathShare = normalized(logCount);
  const gradientShare = normalized(logCount.map((count, k) => count + (logNorm[k] ?? -Infinity)));
  const effectiveRange = shortestRange(gradientShare, MOST);
  const [low, high] = effectiveRange;
  return {
    pathShare,
    gradientShare,
    effectiveDepth: gradientShare.reduce((sum, share, k) => sum + share * k, 0),
    effectiveRange,
    effectivePaths: pathShare.slice(low, high + 1).reduce((sum, share) => sum + share, 0),
  };
}

function interpolated(
  measured: readonly { readonly length: number; readonly mean: number }[],
  k: number,
): number {
  const below = measured.findLast(({ length }) => length <= k);
  const above = measured.find(({ length }) => length >= k);
  const [low, high] = [below ?? above, above ?? below];
  if (!low || !high) return -Infinity;
  const [from, to] = [Math.log(low.mean), Math.log(high.mean)];
  if (low.length === high.length) return from;
  if (!Number.isFinite(from) || !Number.isFinite(to)) return -Infinity;
  return from + ((to - from) * (k - low.length)) / (high.length - low.length);
}

function normalized(logs: readonly number[]): number[] {
  const largest = Math.max(...logs);
  if (!Number.isFinite(largest)) return logs.map(() => 0);
  const values = logs.map((log) => Math.exp(log - largest));
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}

/** The shortest run of places that holds at least this share; the first of several. */
function shortestRange(shares: readonly number[], share: number): [number, number] {
  let best: [number, number] = [0, shares.length - 1];
  for (let low = 0; low < shares.length; low++) {
    let sum = 0;
    for (let high = low; high < shares.length; high++) {
      sum += shares[high] ?? 0;
      if (sum < share) continue;
      if (high - low < best[1] - best[0]) best = [low, high];
      break;
    }
  }
  return best;
}
