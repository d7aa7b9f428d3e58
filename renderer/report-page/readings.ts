// What the curves of an exported chart say at one place of x, the largest value first. Pure.
import { shownSpread } from '../../shared/format.ts';
import { indexAt } from '../../shared/index-at.ts';
import type { FigureCurve } from '../../shared/figures/line-figure.ts';

export interface PageReading {
  readonly label: string;
  /** The place of the point that is read. */
  readonly x: number;
  /** `0.6931 ± 0.02`. */
  readonly text: string;
}

/** A curve that ended further than `reach` away is left out: it says nothing about this place. */
export function readingsAt(
  curves: readonly FigureCurve[],
  at: number,
  reach: number,
): PageReading[] {
  const found = curves.flatMap(({ label, line, band }) => {
    const index = nearest(line.x, at);
    const x = line.x[index];
    if (x === undefined || isBeyond(line.x, at, reach)) return [];
    const value = line.y[index] ?? Number.NaN;
    const half = band ? shownSpread(value, band.half[index] ?? 0) : 0;
    const spread = half > 0 ? ` ± ${rounded(half, 2)}` : '';
    const text = Number.isFinite(value) ? `${rounded(value, 4)}${spread}` : 'not a number';
    return [{ label, x, text, value }];
  });
  const size = (value: number): number => (Number.isFinite(value) ? value : -Infinity);
  return found.sort((a, b) => size(b.value) - size(a.value));
}

function nearest(x: Float64Array, at: number): number {
  const after = Math.min(indexAt(x, at), x.length - 1);
  const before = Math.max(0, after - 1);
  return at - (x[before] ?? 0) < (x[after] ?? 0) - at ? before : after;
}

function isBeyond(x: Float64Array, at: number, reach: number): boolean {
  return at < (x[0] ?? 0) - reach || at > (x[x.length - 1] ?? 0) + reach;
}

function rounded(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}
