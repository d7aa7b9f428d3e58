// A scalar series in the few numbers that tables need. Pure. Values that are not finite are counted as
// points but never become a best or part of a mean.
import type { MetricSummary } from './compared-run.ts';

export interface ScalarSeries {
  readonly name: string;
  readonly unit: string;
  readonly steps: Int32Array;
  readonly values: Float32Array;
}

/** @param lastK how many points the closing mean takes */
export function summarizeSeries(series: ScalarSeries, lastK: number): MetricSummary {
  const { name, unit, steps, values } = series;
  const count = values.length;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let minStep = 0;
  let maxStep = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    if (value < min) [min, minStep] = [value, steps[i] ?? 0];
    if (value > max) [max, maxStep] = [value, steps[i] ?? 0];
  }
  const tenth = Math.floor(count / 10);
  const lastCount = Math.min(lastK, count);
  return {
    ...{ name, unit, points: count, minStep, maxStep, lastCount },
    last: finite(values[count - 1]),
    min: finite(min),
    max: finite(max),
    lastMean: meanOf(values, count - lastCount, count),
    lastTenth: tenth < 2 ? null : meanOf(values, count - tenth, count),
    tenthBefore: tenth < 2 ? null : meanOf(values, count - 2 * tenth, count - tenth),
  };
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
