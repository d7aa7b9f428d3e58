// What a chart says at one place of x: rows for a tooltip, largest value first. Pure.
import { shownSpread } from '../format.ts';
import type { FigureCurve } from './figure-curve.ts';
import { nearestIndex } from './trace.ts';

export interface Reading<C extends FigureCurve = FigureCurve> {
  readonly curve: C;
  /** The place of the point that is read. */
  readonly x: number;
  readonly value: number;
  /** Half the spread of the seeds, where the curve is a mean and they differ. */
  readonly spread: number | null;
}

/**
 * The points nearest to `x`. A curve that ended further than `reach` away is left out: it says nothing
 * about this place.
 */
export function readingsAt<C extends FigureCurve>(
  curves: readonly C[],
  x: number,
  reach: number,
): Reading<C>[] {
  const readings = curves.flatMap((curve): Reading<C>[] => {
    const { line, band } = curve;
    const index = nearestIndex(line.x, x);
    if (index < 0) return [];
    const place = line.x[index] ?? 0;
    const isBeyond = x < (line.x[0] ?? 0) || x > (line.x[line.x.length - 1] ?? 0);
    if (isBeyond && Math.abs(place - x) > reach) return [];
    const value = line.y[index] ?? Number.NaN;
    const half = band ? shownSpread(value, band.half[index] ?? 0) : 0;
    return [{ curve, x: place, value, spread: half > 0 ? half : null }];
  });
  // NaN sorts last: it is shown, but it isn't large.
  return readings.sort(
    (a, b) => rank(b.value) - rank(a.value) || a.curve.label.localeCompare(b.curve.label),
  );
}

/** The rows of a long list that stand around `value`, in the list's order, `most` of them. */
export function around<R extends Reading>(
  readings: readonly R[],
  value: number,
  most: number,
): R[] {
  if (readings.length <= most) return [...readings];
  const nearest = [...readings]
    .sort((a, b) => distance(a.value, value) - distance(b.value, value))
    .slice(0, most);
  const kept = new Set(nearest);
  return readings.filter((reading) => kept.has(reading));
}

function rank(value: number): number {
  return Number.isNaN(value) ? -Infinity : value;
}

function distance(a: number, b: number): number {
  return Number.isNaN(a) ? Infinity : Math.abs(a - b);
}
