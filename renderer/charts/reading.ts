// What a chart says at one place of x: the tooltip's rows, largest value first. Pure.
import type { Curve } from './curve.ts';
import { shownSpread } from '../../shared/format.ts';
import { nearestIndex } from './trace.ts';

export interface Reading {
  readonly id: string;
  readonly label: string;
  readonly colour: number | 'neutral';
  readonly isDashed: boolean;
  readonly x: number;
  readonly value: number;
  /** Half the spread of the seeds, where the curve is a mean and they differ. */
  readonly spread: number | null;
  readonly n: number;
}

/**
 * The points nearest to `x`. A curve that ended further than `reach` away is left out: it says nothing
 * about this place.
 */
export function readingsAt(curves: readonly Curve[], x: number, reach: number): Reading[] {
  const readings = curves.flatMap((curve): Reading[] => {
    const { id, label, colour, isDashed, line, band, n } = curve;
    const index = nearestIndex(line.x, x);
    if (index < 0) return [];
    const place = line.x[index] ?? 0;
    const isBeyond = x < (line.x[0] ?? 0) || x > (line.x[line.x.length - 1] ?? 0);
    if (isBeyond && Math.abs(place - x) > reach) return [];
    const value = line.y[index] ?? Number.NaN;
    const half = band ? shownSpread(value, band.half[index] ?? 0) : 0;
    return [{ id, label, colour, isDashed, x: place, value, spread: half > 0 ? half : null, n }];
  });
  // NaN sorts last: it is shown, but it isn't large.
  return readings.sort((a, b) => rank(b.value) - rank(a.value) || a.label.localeCompare(b.label));
}

/** The rows of a long list that stand around `value`, in the list's order, `most` of them. */
export function around(readings: readonly Reading[], value: number, most: number): Reading[] {
  if (readings.length <= most) return [...readings];
  const nearest = [...readings]
    .sort((a, b) => distance(a.value, value) - distance(b.value, value))
    .slice(0, most);
  const kept = new Set(nearest.map((reading) => reading.id));
  return readings.filter((reading) => kept.has(reading.id));
}

function rank(value: number): number {
  return Number.isNaN(value) ? -Infinity : value;
}

function distance(a: number, b: number): number {
  return Number.isNaN(a) ? Infinity : Math.abs(a - b);
}
