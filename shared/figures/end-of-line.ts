// Where the name of a curve stands that is named at its end. Pure.
import { indexAt } from '../index-at.ts';
import { interpolate, type Line } from '../stats/band.ts';

/** Where a curve leaves the plot: its last point, or the place where it crosses the right edge. */
export function visibleEnd(
  trace: Line,
  max: number,
): { readonly x: number; readonly y: number } | undefined {
  const after = indexAt(trace.x, max);
  const crossing = after < trace.x.length && after > 0 ? interpolate(trace, max) : Number.NaN;
  if (Number.isFinite(crossing)) return { x: max, y: crossing };
  let index = Math.min(after, trace.x.length - 1);
  if ((trace.x[index] ?? Infinity) > max) index--;
  while (index >= 0 && !Number.isFinite(trace.y[index])) index--;
  const y = trace.y[index];
  return y === undefined ? undefined : { x: trace.x[index] ?? 0, y };
}
