// Thins a series out for drawing, so that no spike is lost. Scalars: each bucket keeps its smallest and
// its largest point, and a point that is not a number if it has one. Vectors: each bucket keeps the
// point of the largest norm. The first and the last point always stay. Pure.
import { addExtremes } from '../../store/extremes.ts';
import type { Series } from '../../store/series.ts';

/** At most `maxPoints` of at least 10 points; the same series if it has no more. */
export function decimate(series: Series, maxPoints: number): Series {
  const count = series.steps.length;
  if (count <= maxPoints) return series;
  const kept = series.width === 1 ? extremes(series, maxPoints) : largest(series, maxPoints);
  return pick(series, kept);
}

/** Calls `visit` with the borders of equal parts of what lies between the first and the last point. */
function forBuckets(
  count: number,
  buckets: number,
  visit: (from: number, to: number) => void,
): void {
  const inner = count - 2;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = 1 + Math.floor((bucket * inner) / buckets);
    const to = 1 + Math.floor(((bucket + 1) * inner) / buckets);
    if (from < to) visit(from, to);
  }
}

function extremes({ values }: Series, maxPoints: number): number[] {
  const count = values.length;
  let hasGaps = false;
  for (let i = 0; i < count; i++) hasGaps ||= Number.isNaN(values[i]);
  const kept = [0];
  forBuckets(count, Math.floor((maxPoints - 2) / (hasGaps ? 3 : 2)), (from, to) => {
    addExtremes(kept, values, from, to);
  });
  kept.push(count - 1);
  return kept;
}

function largest({ values, width, steps }: Series, maxPoints: number): number[] {
  const count = steps.length;
  const kept = [0];
  forBuckets(count, maxPoints - 2, (from, to) => {
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
  return kept;
}

function pick(series: Series, kept: readonly number[]): Series {
  const { width } = series;
  const steps = new Int32Array(kept.length);
  const elapsedMs = new Float64Array(kept.length);
  const values = new Float32Array(kept.length * width);
  kept.forEach((from, to) => {
    steps[to] = series.steps[from] ?? 0;
    elapsedMs[to] = series.elapsedMs[from] ?? 0;
    values.set(series.values.subarray(from * width, (from + 1) * width), to * width);
  });
  return { ...series, steps, elapsedMs, values };
}
