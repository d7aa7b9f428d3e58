// One curve as the path of a picture, and its points that have no neighbour, which a line cannot show.
// Pure. Long curves come thinned out already.
import { range } from 'd3-array';
import { line } from 'd3-shape';
import { indexAt } from '../index-at.ts';
import type { Line } from '../stats/band.ts';
import type { Plot } from './plot.ts';

export interface DrawnPath {
  readonly path: string;
  readonly dots: readonly { readonly x: number; readonly y: number }[];
}

export function linePath({ x, y }: Line, plot: Plot): DrawnPath {
  // One point beyond either end, so that a zoomed curve runs to the edge.
  const from = Math.max(0, indexAt(x, plot.x.min) - 1);
  const to = Math.min(x.length, indexAt(x, plot.x.max) + 2);
  const canShow = (i: number): boolean => {
    const value = y[i] ?? Number.NaN;
    if (plot.x.isLog && !((x[i] ?? 0) > 0)) return false;
    return Number.isFinite(value) && (!plot.y.isLog || value > 0);
  };
  const toX = (i: number): number => plot.x.toPixel(x[i] ?? 0);
  const toY = (i: number): number => plot.y.toPixel(y[i] ?? 0);
  const shown = range(from, to);
  const drawn = line<number>().defined(canShow).x(toX).y(toY).digits(1);
  const isAlone = (i: number): boolean => canShow(i) && !canShow(i - 1) && !canShow(i + 1);
  return {
    path: drawn(shown) ?? '',
    dots: shown.filter(isAlone).map((i) => ({ x: toX(i), y: toY(i) })),
  };
}
