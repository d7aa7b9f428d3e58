// A curve as pixels: for every column of the plot the smallest and largest value that falls into
// it, so that no spike is lost however many points there are. Pure.
import { indexAt, rangeExtent, type Trace } from './trace.ts';

export interface ColumnsView {
  /** The visible range of x. */
  readonly min: number;
  readonly max: number;
  /** Monotonic map from x to pixels. */
  readonly toPixel: (x: number) => number;
  /** Width of a column in pixels: 1 when still, more while the view moves. */
  readonly columnPx: number;
}

/** Vertices in drawing order: pixel x and value. NaN in `y` lifts the pen. */
export interface Vertices {
  x: Float32Array;
  y: Float64Array;
  count: number;
}

export function createVertices(capacity = 4096): Vertices {
  return { x: new Float32Array(capacity), y: new Float64Array(capacity), count: 0 };
}

/** Fills `out` with the vertices of `trace`; reuses its memory from call to call. */
export function collectVertices(trace: Trace, view: ColumnsView, out: Vertices): void {
  out.count = 0;
  const { x } = trace;
  // One point beyond either end, so that lines run to the edge of the plot.
  const from = Math.max(0, indexAt(x, view.min) - 1);
  const to = Math.min(x.length, indexAt(x, view.max) + 1);
  const widthPx = Math.abs(view.toPixel(view.max) - view.toPixel(view.min));
  if (to - from <= (widthPx / view.columnPx) * 2) everyPoint(trace, { from, to }, view, out);
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
    push(out, view.toPixel(trace.x[i] ?? 0), trace.y[i] ?? Number.NaN);
  }
}

function everyColumn(trace: Trace, range: Range, view: ColumnsView, out: Vertices): void {
  const { x, y } = trace;
  let start = range.from;
  while (start < range.to) {
    const left = view.toPixel(x[start] ?? 0);
    const end = Math.min(range.to, endOfColumn(trace, start, range.to, left + view.columnPx, view));
    if (end - start <= 2) {
      for (let i = start; i < end; i++) push(out, view.toPixel(x[i] ?? 0), y[i] ?? Number.NaN);
    } else {
      const { low, high } = rangeExtent(trace, start, end);
      const first = y[start] ?? Number.NaN;
      if (low > high) {
        push(out, left, Number.NaN);
      } else {
        // The pen goes to the nearer extreme first: fewer crossings, the same ink.
        const lowFirst = Math.abs(first - low) <= Math.abs(first - high);
        push(out, left, lowFirst ? low : high);
        if (low !== high) push(out, left, lowFirst ? high : low);
      }
    }
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

function push(out: Vertices, x: number, y: number): void {
  if (out.count === out.x.length) {
    const grownX = new Float32Array(out.count * 2);
    const grownY = new Float64Array(out.count * 2);
    grownX.set(out.x);
    grownY.set(out.y);
    out.x = grownX;
    out.y = grownY;
  }
  out.x[out.count] = x;
  out.y[out.count] = y;
  out.count++;
}
