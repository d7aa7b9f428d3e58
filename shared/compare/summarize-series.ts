// A scalar series in the few numbers that tables need. Pure. Values that are not finite are counted as
// points but never become a best or part of a mean.
import { finalMean, isOfSteps } from '../curves/training-means.ts';
import type { MetricSummary } from './compared-run.ts';
import { betterOf } from './metric.ts';

export interface ScalarSeries {
  readonly name: string;
  readonly unit: string;
  readonly steps: Int32Array;
  readonly values: Float32Array;
}

export interface SummaryOptions {
  /** How many points the closing mean takes. */
  readonly lastK: number;
  /** Of a validation series: the position of the best evaluation; undefined where it is not known. */
  readonly bestAt?: number | undefined;
}

export function summarizeSeries(
  { name, unit, values }: ScalarSeries,
  { lastK, bestAt }: SummaryOptions,
): MetricSummary {
  const count = values.length;
  const tenth = Math.floor(count / 10);
  const lastCount = Math.min(lastK, count);
  return {
    ...{ name, unit, points: count, lastCount },
    last: finite(values[count - 1]),
    final: finite(isOfSteps(name) ? finalMean(values) : values[count - 1]),
    best: finite(bestAt === undefined ? extremeOf(values, betterOf(name)) : values[bestAt]),
    lastMean: meanOf(values, count - lastCount, count),
    lastTenth: tenth < 2 ? null : meanOf(values, count - tenth, count),
    tenthBefore: tenth < 2 ? null : meanOf(values, count - 2 * tenth, count - tenth),
  };
}

/** The lowest where less is better, else the highest. */
function extremeOf(values: Float32Array, better: 1 | -1 | 0): number | undefined {
  let extreme: number | undefined;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (extreme === undefined || (better === -1 ? value < extreme : value > extreme)) {
      extreme = value;
    }
  }
  return extreme;
}

/** Null as soon as one of them is not finite: a mean without its worst value would flatter. */
function meanOf(values: Float32Array, from: number, to: number): number | null {
  if (to <= from) return null;
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i] ?? Number.NaN;
  return finite(sum / (to - from));
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
