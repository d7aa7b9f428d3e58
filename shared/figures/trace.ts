// A curve as typed arrays with a coarse index of extremes, so that any range of a hundred thousand
// points gives its smallest and largest value in a few dozen reads. Pure; knows nothing of a canvas.
import { indexAt } from '../index-at.ts';
import type { Extent } from './extent.ts';

/** Points per entry of the index. Small enough that the ragged ends of a range stay cheap. */
const BLOCK = 32;

export interface Trace {
  /** Rising. */
  readonly x: Float64Array;
  /** NaN and infinities are kept: they are findings. They never count as extremes. */
  readonly y: Float32Array;
  /** Smallest and largest finite value of each `BLOCK` points; +∞ and −∞ where there is none. */
  readonly low: Float32Array;
  readonly high: Float32Array;
}

export function makeTrace(x: Float64Array, y: Float32Array): Trace {
  const blocks = Math.ceil(y.length / BLOCK);
  const low = new Float32Array(blocks).fill(Infinity);
  const high = new Float32Array(blocks).fill(-Infinity);
  for (let block = 0; block < blocks; block++) {
    const end = Math.min(y.length, (block + 1) * BLOCK);
    let least = Infinity;
    let most = -Infinity;
    for (let i = block * BLOCK; i < end; i++) {
      const value = y[i] ?? Number.NaN;
      if (value < least && value !== -Infinity) least = value;
      if (value > most && value !== Infinity) most = value;
    }
    low[block] = least;
    high[block] = most;
  }
  return { x, y, low, high };
}

/** Index of the point nearest to `value`, or -1 if there is none. */
export function nearestIndex(x: Float64Array, value: number): number {
  if (x.length === 0) return -1;
  const after = Math.min(indexAt(x, value), x.length - 1);
  const before = Math.max(0, after - 1);
  return value - (x[before] ?? 0) < (x[after] ?? 0) - value ? before : after;
}

/** Extremes of the finite values with index `from` up to but without `to`. */
export function rangeExtent(trace: Trace, from: number, to: number): Extent {
  const { y } = trace;
  let low = Infinity;
  let high = -Infinity;
  let i = from;
  while (i < to) {
    if (i % BLOCK === 0 && i + BLOCK <= to) {
      const block = i / BLOCK;
      const least = trace.low[block] ?? Infinity;
      const most = trace.high[block] ?? -Infinity;
      if (least < low) low = least;
      if (most > high) high = most;
      i += BLOCK;
    } else {
      const value = y[i] ?? Number.NaN;
      if (value < low && value !== -Infinity) low = value;
      if (value > high && value !== Infinity) high = value;
      i++;
    }
  }
  return { low, high };
}

/** Extremes of what lies between two places on the x axis. */
export function visibleExtent(trace: Trace, range: Extent): Extent {
  return rangeExtent(trace, indexAt(trace.x, range.low), indexAt(trace.x, nextUp(range.high)));
}

/** A hair above, so that a point exactly at the end of a range belongs to it. */
function nextUp(value: number): number {
  return value + Math.max(Math.abs(value) * 1e-12, Number.MIN_VALUE);
}
