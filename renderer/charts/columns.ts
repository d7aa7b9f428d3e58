// A curve as pixels: for every column of the plot the smallest and largest value that falls into
// it, so that no spike is lost however many points there are. Pure.
import { indexAt } from '../../shared/index-at.ts';
import { rangeExtent, type Trace } from '../../shared/figures/trace.ts';

export interface ColumnsView {
  /** The visible range of x. */
  readonly min: number;
  readonly max: number;
  /** Monotonic map from x to pixels. */
  readonly toPixel: (x: number) => number;
}

/** What to draw, from left to right. NaN in `y` is a gap. */
export interface Vertices {
  x: Float32Array;
  /** The value, or the largest of a column. */
  y: Float64Array;
  /** The value again, or the smallest of a column. */
  low: Float64Array;
  count: number;
  /** Each entry stands for all points of a pixel column: to be filled from `low` to `y`. */
  areColumns: boolean;
  /** The first one is the first of the trace, the last one its last. */
  hasStart: boolean;
  hasEnd: boolean;
}

export function createVertices(capacity = 4096): Vertices {
  return {
    x: new Float32Array(capacity),
    y: new Float64Array(capacity),
    low: new Float64Array(capacity),
    count: 0,
    areColumns: false,
    hasStart: true,
    hasEnd: true,
  };
}

/**
 * Fills `out` with the vertices of `trace`; reuses its memory from call to call. Whether there are points
 * enough for columns is found out unless `areColumns` says it.
 */
export function collectVertices(
  trace: Trace,
  view: ColumnsView,
  out: Vertices,
  areColumns?: boolean,
): void {
  out.count = 0;
  const { x } = trace;
  // One point beyond either end, so that lines run to the edge of the plot.
  const from = Math.max(0, indexAt(x, view.min) - 1);
  const to = Math.min(x.length, indexAt(x, view.max) + 1);
  out.hasStart = from === 0;
  out.hasEnd = to === x.length;
  const widthPx = Math.abs(view.toPixel(view.max) - view.toPixel(view.min));
  out.areColumns = areColumns ?? to - from > widthPx * 2;
  if (!out.areColumns) everyPoint(trace, { from, to }, view, out);
  else everyColumn(trace, { from, to }, view, out);
  // Infinities have no place on a screen.
  for (let i = 0; i < out.count; i++) {
    if (!Number.isFinite(out.y[i] ?? 0)) out.y[i] = Number.NaN;
  }
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function everyPoint(trace: Trace, range: Range, view: ColumnsView, out: Vertices): void {
  for (let i = range.from; i < range.to; i++) {
    const value = trace.y[i] ?? Number.NaN;
    push(out, view.toPixel(trace.x[i] ?? 0), value, value);
  }
}

function everyColumn(trace: Trace, range: Range, view: ColumnsView, out: Vertices): void {
  const { x } = trace;
  let start = range.from;
  while (start < range.to) {
    // Columns lie on the pixel grid, so that a part of a picture has those of the whole.
    const left = Math.floor(view.toPixel(x[start] ?? 0));
    const end = Math.min(range.to, endOfColumn(trace, start, range.to, left + 1, view));
    const { low, high } = rangeExtent(trace, start, end);
    if (low > high) push(out, left, Number.NaN, Number.NaN);
    else push(out, left, high, low);
    start = end;
  }
}

/** Index of the first point at or beyond pixel `edge`: gallop, then halve. */
function endOfColumn(
  trace: Trace,
  start: number,
  limit: number,
  edge: number,
  view: ColumnsView,
): number {
  let stride = 1;
  let low = start;
  while (low + stride < limit && view.toPixel(trace.x[low + stride] ?? 0) < edge) {
    low += stride;
    stride *= 2;
  }
  let high = Math.min(limit, low + stride);
  while (low + 1 < high) {
    const middle = (low + high) >>> 1;
    if (view.toPixel(trace.x[middle] ?? 0) < edge) low = middle;
    else high = middle;
  }
  return low + 1;
}

function push(out: Vertices, x: number, y: number, low: number): void {
  if (out.count === out.x.length) grow(out);
  out.x[out.count] = x;
  out.y[out.count] = y;
  out.low[out.count] = low;
  out.count++;
}

function grow(out: Vertices): void {
  const x = new Float32Array(out.count * 2);
  const y = new Float64Array(out.count * 2);
  const low = new Float64Array(out.count * 2);
  x.set(out.x);
  y.set(out.y);
  low.set(out.low);
  Object.assign(out, { x, y, low });
}
