// One curve as the path of a picture: every point where they are few, else the smallest and the largest
// value of each pixel column, so that no spike is lost. Pure.
import { indexAt } from '../index-at.ts';
import type { Line } from '../stats/band.ts';
import type { Plot } from './plot.ts';
import { place } from './svg.ts';

export function linePath({ x, y }: Line, plot: Plot): string {
  // One point beyond either end, so that a zoomed curve runs to the edge.
  const from = Math.max(0, indexAt(x, plot.x.min) - 1);
  const to = Math.min(x.length, indexAt(x, plot.x.max) + 2);
  const columns = plot.frame.right - plot.frame.left;
  const out: string[] = [];
  let isDown = false;
  const canShow = (i: number): boolean => {
    const value = y[i] ?? Number.NaN;
    if (plot.x.isLog && !((x[i] ?? 0) > 0)) return false;
    return Number.isFinite(value) && (!plot.y.isLog || value > 0);
  };
  const go = (i: number): void => {
    if (!canShow(i)) {
      isDown = false;
      return;
    }
    const across = place(plot.x.toPixel(x[i] ?? 0));
    out.push(`${isDown ? 'L' : 'M'}${across} ${place(plot.y.toPixel(y[i] ?? 0))}`);
    isDown = true;
  };
  if (to - from <= columns * 2) {
    for (let i = from; i < to; i++) go(i);
    return out.join('');
  }
  let i = from;
  while (i < to) {
    const column = Math.floor(plot.x.toPixel(x[i] ?? 0));
    let low = i;
    let high = i;
    let end = i;
    while (end < to && Math.floor(plot.x.toPixel(x[end] ?? 0)) === column) {
      if (canShow(end)) {
        if (!canShow(low) || (y[end] ?? 0) < (y[low] ?? 0)) low = end;
        if (!canShow(high) || (y[end] ?? 0) > (y[high] ?? 0)) high = end;
      }
      end++;
    }
    for (const at of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) go(at);
    i = Math.max(end, i + 1);
  }
  return out.join('');
}
