// Mean and spread of some values as a point of a figure. Pure.
import type { FigureSeries } from '../../shared/contract/findings.ts';
import { summarize } from '../../shared/stats/summary.ts';

type Point = FigureSeries['points'][number];

/** y ± one standard deviation; a single value has no spread. */
export function pointOf(x: number, values: readonly number[], note?: string): Point {
  const noted = note === undefined ? {} : { note };
  const summary = summarize(values);
  if (summary === undefined) return { x, y: null, ...noted };
  const { mean, deviation } = summary;
  if (deviation === null) return { x, y: mean, ...noted };
  return { x, y: mean, low: mean - deviation, high: mean + deviation, ...noted };
}

/** Values in percent. */
export function percentPoint(x: number, fractions: readonly number[], note?: string): Point {
  return pointOf(
    x,
    fractions.map((fraction) => 100 * fraction),
    note,
  );
}

/** `12.3 ± 0.4 % (n = 3)` */
export function percentText(fractions: readonly number[]): string {
  const summary = summarize(fractions);
  if (summary === undefined) return 'unknown';
  const { mean, deviation, n } = summary;
  const spread = deviation === null ? '' : ` ± ${(100 * deviation).toFixed(1)}`;
  return `${(100 * mean).toFixed(1)}${spread} % (n = ${n})`;
}
