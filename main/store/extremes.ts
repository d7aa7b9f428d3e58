// Which points of a scalar series must stay so that no spike is lost when it is thinned out. Pure.
import type { SeriesPoints } from './series-points.ts';

/** Points that an overview keeps the extremes of. */
export const OVERVIEW_BUCKET = 32;

/**
 * Adds the indices in [from, to), rising: of the smallest and the largest value and, if there is one, of the
 * first that is not a number. The first of equal ones.
 */
export function addExtremes(kept: number[], values: Float32Array, from: number, to: number): void {
  let low = -1;
  let high = -1;
  let gap = -1;
  for (let i = from; i < to; i++) {
    const value = values[i] ?? Number.NaN;
    if (Number.isNaN(value)) {
      if (gap < 0) gap = i;
      continue;
    }
    if (low < 0 || value < (values[low] ?? 0)) low = i;
    if (high < 0 || value > (values[high] ?? 0)) high = i;
  }
  const first = Math.min(low, high);
  const second = Math.max(low, high);
  if (gap >= 0 && gap < first) kept.push(gap);
  if (first >= 0) kept.push(first);
  if (gap > first && gap < second) kept.push(gap);
  if (second > first) kept.push(second);
  if (gap > second) kept.push(gap);
}

/**
 * The overview of a scalar series: its first point, the extremes of each whole or last bucket, counted
 * from the first point, and its last point.
 */
export function overviewOf(points: SeriesPoints): SeriesPoints {
  return picked(points, overviewIndices(points.values, { first: true, last: true }));
}

/** What overviews keep of a piece that begins where a bucket does; its ends only if they are the series'. */
export function overviewIndices(
  values: Float32Array,
  ends: { readonly first: boolean; readonly last: boolean },
): number[] {
  const count = values.length;
  const kept: number[] = [];
  for (let from = 0; from < count; from += OVERVIEW_BUCKET) {
    addExtremes(kept, values, from, Math.min(count, from + OVERVIEW_BUCKET));
  }
  if (ends.first && count > 0 && kept[0] !== 0) kept.unshift(0);
  if (ends.last && count > 0 && kept.at(-1) !== count - 1) kept.push(count - 1);
  return kept;
}

/** The points of a scalar series at these indices. */
export function picked(points: SeriesPoints, indices: readonly number[]): SeriesPoints {
  const at = <T>(read: (index: number) => T | undefined, other: T) =>
    indices.map((index) => read(index) ?? other);
  return {
    steps: Int32Array.from(at((index) => points.steps[index], 0)),
    elapsedMs: Float64Array.from(at((index) => points.elapsedMs[index], 0)),
    values: Float32Array.from(at((index) => points.values[index], Number.NaN)),
  };
}
