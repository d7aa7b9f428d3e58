// The range of a y axis that leaves outliers out: from the 5th to the 95th percentile of what is
// visible. Pure. The curves themselves are never changed.
import { EMPTY_EXTENT, type Extent } from '../figures/extent.ts';
import type { Line } from '../stats/band.ts';
import { indexAt } from '../index-at.ts';

/** Enough for a percentile to a fraction of a pixel; taken evenly, so it is reproducible. */
const SAMPLE = 20_000;

export function clippedExtent(
  traces: readonly Line[],
  range: Extent,
  [lower, upper]: readonly [number, number] = [0.05, 0.95],
): Extent {
  const spans = traces.map((trace) => ({
    trace,
    from: indexAt(trace.x, range.low),
    to: indexAt(trace.x, range.high),
  }));
  const total = spans.reduce((sum, { from, to }) => sum + Math.max(0, to + 1 - from), 0);
  const stride = Math.max(1, Math.floor(total / SAMPLE));
  const values: number[] = [];
  for (const { trace, from, to } of spans) {
    for (let i = from; i <= to && i < trace.y.length; i += stride) {
      const value = trace.y[i] ?? Number.NaN;
      if (Number.isFinite(value)) values.push(value);
    }
  }
  if (values.length === 0) return EMPTY_EXTENT;
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return { low: at(lower), high: at(upper) };
}
