// A curve as charts get it: smoothed and averaged from all points, then thinned out. Types only, and how
// a finer piece is put into one.
import type { AxisRange } from '../figures/axis-range.ts';
import { indexAt } from '../index-at.ts';
import type { Line } from '../stats/band.ts';

/** At the places of the line; `half` of the spread, which `low` and `high` lose where they meet a bound. */
export interface CurveBand {
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly half: Float32Array;
}

/** A run drawn thin beside the mean. */
export interface ThinCurve {
  readonly run: string;
  /** A part of the mean; else it did not finish, or it is the part beyond the end of another seed. */
  readonly isCounted: boolean;
  readonly line: Line;
  /** Before smoothing, at the places of `line`; only where every point was asked for. */
  readonly raw: Line | null;
}

export interface CurveData {
  /** Changes whenever anything of the curve may have changed. */
  readonly mark: string;
  /** What is read off: the values of one run, or the mean of `n` seeds; smoothed if that was asked for. */
  readonly line: Line;
  /** The same before smoothing; null where that is the line itself or would only be fog. */
  readonly raw: Line | null;
  /** Around a mean. */
  readonly band: CurveBand | null;
  /** Runs that the line is made of, at each of its places. */
  readonly n: number;
  /** Runs that were asked for and have such points. */
  readonly total: number;
  readonly thin: readonly ThinCurve[];
  /** Points were left out of something. */
  readonly isThinned: boolean;
}

/** `finer` replaces what `whole` has in the range. Both are of the same points. */
export function refined(whole: CurveData, finer: CurveData, range: AxisRange): CurveData {
  const line = join(whole.line.x, finer.line.x, range);
  return {
    ...whole,
    line: { x: line.x, y: line.values(whole.line.y, finer.line.y) },
    raw: whole.raw && finer.raw ? refinedLine(whole.raw, finer.raw, range) : whole.raw,
    band:
      whole.band && finer.band
        ? {
            low: line.values(whole.band.low, finer.band.low),
            high: line.values(whole.band.high, finer.band.high),
            half: line.values(whole.band.half, finer.band.half),
          }
        : whole.band,
    thin: whole.thin.map((one) => {
      const found = finer.thin.find(
        ({ run, isCounted, line: other }) =>
          run === one.run && isCounted === one.isCounted && isSamePart(other, one.line, range),
      );
      return found ? { ...one, line: refinedLine(one.line, found.line, range) } : one;
    }),
  };
}

function isSamePart(finer: Line, whole: Line, range: AxisRange): boolean {
  const [first = Infinity] = whole.x;
  const last = whole.x[whole.x.length - 1] ?? -Infinity;
  const at = finer.x[0];
  return at !== undefined && at >= first && at <= last && first <= range.max && last >= range.min;
}

function refinedLine(whole: Line, finer: Line, range: AxisRange): Line {
  const joined = join(whole.x, finer.x, range);
  return { x: joined.x, y: joined.values(whole.y, finer.y) };
}

interface Joined {
  readonly x: Float64Array;
  readonly values: (whole: Float32Array, finer: Float32Array) => Float32Array;
}

/** The finer points include one beyond either end of the range, so they decide where the cuts are. */
function join(whole: Float64Array, finer: Float64Array, range: AxisRange): Joined {
  const start = Math.min(range.min, finer[0] ?? Infinity);
  const end = Math.max(range.max, finer[finer.length - 1] ?? -Infinity);
  const from = indexAt(whole, start);
  let to = indexAt(whole, end);
  if (whole[to] === end) to++;
  const after = whole.length - to;
  const length = from + finer.length + after;
  const x = new Float64Array(length);
  x.set(whole.subarray(0, from));
  x.set(finer, from);
  x.set(whole.subarray(to), from + finer.length);
  return {
    x,
    values: (wholeValues, finerValues) => {
      const y = new Float32Array(length);
      y.set(wholeValues.subarray(0, from));
      y.set(finerValues, from);
      y.set(wholeValues.subarray(to), from + finer.length);
      return y;
    },
  };
}
