// Mean and spread of the seeds of one group, on a grid they share. Pure. The spread is the sample
// standard deviation; with one seed there is none.
import { indexAt, type Trace } from './trace.ts';

export interface Band {
  readonly x: Float64Array;
  readonly mean: Float32Array;
  /** Mean minus and plus one standard deviation. */
  readonly low: Float32Array;
  readonly high: Float32Array;
  /** Seeds that reach this x. */
  readonly n: Uint16Array;
}

/** @param points most points of the grid; it is never finer than the finest member */
export function bandOf(members: readonly Trace[], points = 2000): Band {
  const filled = members.filter((member) => member.x.length > 0);
  const x = gridOf(filled, points);
  const mean = new Float32Array(x.length);
  const low = new Float32Array(x.length);
  const high = new Float32Array(x.length);
  const n = new Uint16Array(x.length);
  x.forEach((place, i) => {
    let count = 0;
    let average = 0;
    let squares = 0;
    for (const member of filled) {
      const value = interpolate(member, place);
      if (!Number.isFinite(value)) continue;
      count++;
      const delta = value - average;
      average += delta / count;
      squares += delta * (value - average);
    }
    const deviation = count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
    mean[i] = count > 0 ? average : Number.NaN;
    low[i] = count > 0 ? average - deviation : Number.NaN;
    high[i] = count > 0 ? average + deviation : Number.NaN;
    n[i] = count;
  });
  return { x, mean, low, high, n };
}

/** Linear between neighbours; NaN outside the trace. */
export function interpolate(trace: Trace, place: number): number {
  const { x, y } = trace;
  const after = indexAt(x, place);
  if (x[after] === place) return y[after] ?? Number.NaN;
  if (after === 0 || after === x.length) return Number.NaN;
  const x0 = x[after - 1] ?? 0;
  const x1 = x[after] ?? 0;
  const share = (place - x0) / (x1 - x0);
  return (y[after - 1] ?? Number.NaN) * (1 - share) + (y[after] ?? Number.NaN) * share;
}

function gridOf(members: readonly Trace[], points: number): Float64Array {
  const densest = members.reduce<Trace | undefined>(
    (best, member) => (best && best.x.length >= member.x.length ? best : member),
    undefined,
  );
  if (!densest) return new Float64Array(0);
  // Seeds of one spec measure at the same steps; then the grid is theirs and nothing is interpolated.
  const end = Math.max(...members.map((member) => member.x[member.x.length - 1] ?? -Infinity));
  const last = densest.x[densest.x.length - 1] ?? 0;
  if (densest.x.length <= points && last >= end) return densest.x;
  const start = Math.min(...members.map((member) => member.x[0] ?? Infinity));
  const count = Math.max(2, Math.min(points, densest.x.length));
  return Float64Array.from({ length: count }, (_, i) => start + ((end - start) * i) / (count - 1));
}
