// Thins points out for drawing: the only place where points are left out. Pure. What is left out is never
// changed, and nothing is computed from what is left: smooth, average and take extremes first.

/** A range of points by index: from `from` up to but without `to`. */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Rising indices of at most `maxPoints` (at least 20) points of the range, all of them if it has no more.
 * The range is cut into equal buckets, and each bucket keeps the smallest and the largest value of each
 * column, and its first place that is not a number. So no spike is lost. The first and the last point of
 * the range always stay.
 */
export function thinnedIndices(
  columns: readonly Float32Array[],
  { from, to }: IndexRange,
  maxPoints: number,
): Int32Array {
  const count = to - from;
  if (count <= maxPoints)
    return Int32Array.from({ length: Math.max(0, count) }, (_, i) => from + i);
  const hasGaps = columns.some((values) => hasGap(values, { from, to }));
  const perBucket = columns.length * (hasGaps ? 3 : 2);
  const kept = [from];
  forBuckets({ from: from + 1, to: to - 1 }, Math.floor((maxPoints - 2) / perBucket), (bucket) => {
    const [only] = columns;
    if (columns.length === 1 && only) addExtremes(kept, only, bucket);
    else kept.push(...extremesOfAll(columns, bucket));
  });
  kept.push(to - 1);
  return Int32Array.from(kept);
}

/**
 * The same for points with `width` numbers each: each bucket keeps the point of the largest norm, and one
 * that is not a number before all others.
 */
export function thinnedRows(
  { values, width }: { readonly values: Float32Array; readonly width: number },
  maxPoints: number,
): Int32Array {
  const count = values.length / width;
  if (count <= maxPoints) return Int32Array.from({ length: count }, (_, i) => i);
  const kept = [0];
  forBuckets({ from: 1, to: count - 1 }, maxPoints - 2, ({ from, to }) => {
    let best = from;
    let bestNorm = -1;
    for (let i = from; i < to; i++) {
      let norm = 0;
      for (let c = i * width; c < (i + 1) * width; c++) norm += (values[c] ?? 0) ** 2;
      // What is not a number is what one looks for.
      if (Number.isNaN(norm)) norm = Infinity;
      if (norm > bestNorm) {
        best = i;
        bestNorm = norm;
      }
    }
    kept.push(best);
  });
  kept.push(count - 1);
  return Int32Array.from(kept);
}

function hasGap(values: Float32Array, { from, to }: IndexRange): boolean {
  for (let i = from; i < to; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

function forBuckets(
  { from, to }: IndexRange,
  buckets: number,
  visit: (bucket: IndexRange) => void,
): void {
  const count = to - from;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const part = {
      from: from + Math.floor((bucket * count) / buckets),
      to: from + Math.floor(((bucket + 1) * count) / buckets),
    };
    if (part.from < part.to) visit(part);
  }
}

function extremesOfAll(columns: readonly Float32Array[], bucket: IndexRange): number[] {
  const found: number[] = [];
  for (const values of columns) addExtremes(found, values, bucket);
  return [...new Set(found)].sort((a, b) => a - b);
}

/** Adds rising indices: smallest, largest, and the first that is not a number; the first of equal ones. */
function addExtremes(kept: number[], values: Float32Array, { from, to }: IndexRange): void {
  let low = -1;
  let high = -1;
  let gap = -1;
  let lowest = Number.NaN;
  let highest = Number.NaN;
  for (let i = from; i < to; i++) {
    const value = values[i] ?? Number.NaN;
    if (value >= lowest && value <= highest) continue;
    if (Number.isNaN(value)) {
      if (gap < 0) gap = i;
      continue;
    }
    if (!(value >= lowest)) {
      low = i;
      lowest = value;
    }
    if (!(value <= highest)) {
      high = i;
      highest = value;
    }
  }
  const first = Math.min(low, high);
  const second = Math.max(low, high);
  if (gap >= 0 && gap < first) kept.push(gap);
  if (first >= 0) kept.push(first);
  if (gap > first && gap < second) kept.push(gap);
  if (second > first) kept.push(second);
  if (gap > second) kept.push(gap);
}
