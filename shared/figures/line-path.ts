// One curve as the path of a picture, and its points that have no neighbour, which a line cannot show.
// Pure. Long curves come thinned out already.
import { indexAt } from '../index-at.ts';
import type { Line } from '../stats/band.ts';
import type { Plot } from './plot.ts';
import { place } from './svg.ts';

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
  const out: string[] = [];
  const dots: { readonly x: number; readonly y: number }[] = [];
  let isDown = false;
  for (let i = from; i < to; i++) {
    const canBeShown = canShow(i);
    if (canBeShown) {
      const at = { x: plot.x.toPixel(x[i] ?? 0), y: plot.y.toPixel(y[i] ?? 0) };
      out.push(`${isDown ? 'L' : 'M'}${place(at.x)} ${place(at.y)}`);
      if (!isDown && !canShow(i + 1)) dots.push(at);
    }
    isDown = canBeShown;
  }
  return { path: out.join(''), dots };
}
