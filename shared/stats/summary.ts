// What a handful of measurements says: mean, spread, and how sure the mean is. Pure. Values that are
// missing or not finite are never part of a mean; `n` says how many were.
import { criticalT } from './student.ts';

export interface Summary {
  readonly n: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Sample standard deviation (n − 1); null for a single value. */
  readonly deviation: number | null;
  /** Standard error of the mean: deviation / √n. */
  readonly error: number | null;
  /** Half the width of the 95 % confidence interval of the mean, by Student's t with n − 1. */
  readonly interval: number | null;
}

/** How wide a band or an error bar is. */
export const SPREADS = ['sd', 'se', 'ci95', 'range'] as const;
export type SpreadKind = (typeof SPREADS)[number];

export const SPREAD_NAMES: Readonly<Record<SpreadKind, string>> = {
  sd: 'standard deviation',
  se: 'standard error',
  ci95: '95 % confidence interval',
  range: 'smallest to largest',
};

/** Undefined without a single finite value. Bands ask thousands of times: no list is made on the way. */
export function summarize(values: readonly (number | null | undefined)[]): Summary | undefined {
  let n = 0;
  let sum = 0;
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (!isKnown(value)) continue;
    n++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (n === 0) return undefined;
  const mean = sum / n;
  if (n === 1) return { n, mean, min, max, deviation: null, error: null, interval: null };
  let squares = 0;
  for (const value of values) if (isKnown(value)) squares += (value - mean) ** 2;
  const deviation = Math.sqrt(squares / (n - 1));
  const error = deviation / Math.sqrt(n);
  return { n, mean, min, max, deviation, error, interval: error * critical95(n - 1) };
}

function isKnown(value: number | null | undefined): value is number {
  return Number.isFinite(value);
}

const critical = new Map<number, number>();

/** Bands ask for the same few numbers thousands of times. */
function critical95(degrees: number): number {
  let value = critical.get(degrees);
  if (value === undefined) {
    value = criticalT(0.95, degrees);
    critical.set(degrees, value);
  }
  return value;
}

/** Lower and upper end of the spread; both the mean where a single value has none. */
export function spreadEnds(summary: Summary, kind: SpreadKind): readonly [number, number] {
  const { mean, min, max, deviation, error, interval } = summary;
  const around = (half: number | null): readonly [number, number] => [
    mean - (half ?? 0),
    mean + (half ?? 0),
  ];
  switch (kind) {
    case 'sd':
      return around(deviation);
    case 'se':
      return around(error);
    case 'ci95':
      return around(interval);
    case 'range':
      return [min, max];
  }
}

/**
 * From a sample deviation of `n` values to half of a spread around their mean, for bands, which ask for
 * thousands of them. A range is no such spread: it is not centred.
 */
export function halfSpread(kind: SpreadKind, n: number): (deviation: number) => number {
  const error = 1 / Math.sqrt(Math.max(1, n));
  const factor = { sd: 1, range: 1, se: error, ci95: n > 1 ? error * critical95(n - 1) : 0 }[kind];
  return (deviation) => deviation * factor;
}

/** Half the spread, for `mean ± half`; null where a single value has none. */
export function spreadHalf(summary: Summary, kind: SpreadKind): number | null {
  if (summary.n < 2) return null;
  const [low, high] = spreadEnds(summary, kind);
  return (high - low) / 2;
}
