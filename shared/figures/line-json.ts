// A figure of curves as JSON and back, for the script of an exported page: as few digits as eyes can
// tell apart, and each x only once. Pure. Read only by what was written together with it.
import type { Line } from '../stats/band.ts';
import { figureCurve, type FigureCurve } from './figure-curve.ts';
import type { LineFigure } from './line-model.ts';

type Numbers = readonly (number | null)[];

interface PackedLine {
  /** Which of `xs`. */
  readonly x: number;
  readonly y: Numbers;
}

interface PackedCurve extends Pick<FigureCurve, 'label' | 'colour' | 'isDashed'> {
  readonly line: PackedLine;
  readonly low?: Numbers;
  readonly high?: Numbers;
  readonly half?: Numbers;
  readonly members?: readonly PackedLine[];
  readonly raw?: PackedLine;
}

interface PackedFigure extends Omit<LineFigure, 'curves' | 'hidden'> {
  readonly xs: readonly Numbers[];
  readonly curves: readonly PackedCurve[];
}

export function lineFigureJson(figure: LineFigure): string {
  const { curves, ...options } = figure;
  const known = new Map<string, number>();
  const packed = ({ x, y }: Line): PackedLine => {
    const text = JSON.stringify(numbers(x, 8));
    const at = known.get(text) ?? known.size;
    known.set(text, at);
    return { x: at, y: numbers(y, 4) };
  };
  const written = curves.map(
    ({ label, colour, isDashed, line, band, members, raw }): PackedCurve => ({
      ...{ label, colour, isDashed, line: packed(line) },
      ...(band
        ? {
            ...{ low: numbers(band.low.y, 4), high: numbers(band.high.y, 4) },
            half: numbers(band.half, 4),
          }
        : {}),
      ...(members.length > 0 ? { members: members.map(packed) } : {}),
      ...(raw ? { raw: packed(raw) } : {}),
    }),
  );
  const head = JSON.stringify({ ...options, hidden: undefined, curves: written });
  return `${head.slice(0, -1)},"xs":[${[...known.keys()].join(',')}]}`;
}

export function lineFigureOf(json: string): LineFigure {
  const { xs, curves, ...options } = JSON.parse(json) as PackedFigure;
  const places = xs.map((x) => Float64Array.from(x, (value) => value ?? Number.NaN));
  const line = (packed: PackedLine): Line => ({
    x: places[packed.x] ?? new Float64Array(),
    y: values(packed.y),
  });
  return {
    ...options,
    curves: curves.map(({ low, high, half, members = [], raw, ...curve }) =>
      figureCurve(curve, {
        line: line(curve.line),
        raw: raw ? line(raw) : null,
        band:
          low && high && half ? { low: values(low), high: values(high), half: values(half) } : null,
        members: members.map(line),
      }),
    ),
  };
}

/** JSON has no NaN; null is a gap. */
function numbers(values: Float32Array | Float64Array, digits: number): (number | null)[] {
  return Array.from(values, (value) =>
    Number.isFinite(value) ? Number(value.toPrecision(digits)) : null,
  );
}

function values(numbers: Numbers): Float32Array {
  return Float32Array.from(numbers, (value) => value ?? Number.NaN);
}
