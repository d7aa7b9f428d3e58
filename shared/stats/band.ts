// Mean and spread of the seeds of one group, on a grid they share. Pure. With one seed there is no
// spread: both ends are the mean.
import { indexAt } from '../index-at.ts';
import { spreadEnds, summarize, type SpreadKind } from './summary.ts';

/** A curve: `x` rising, `y` with what is not a number kept. */
export interface Line {
  readonly x: Float64Array;
  readonly y: Float32Array;
}

export interface Band {
  readonly x: Float64Array;
  readonly mean: Float32Array;
  readonly low: Float32Array;
  readonly high: Float32Array;
  /** Seeds that reach this x. */
  readonly n: Uint16Array;
}

export interface BandOptions {
  readonly spread?: SpreadKind;
  /** Most points of the grid; it is never finer than the finest member. */
  readonly points?: number;
}

export function bandOf(members: readonly Line[], options: BandOptions = {}): Band {
  const { spread = 'sd', points = 2000 } = options;
  const filled = members.filter((member) => member.x.length > 0);
  const x = gridOf(filled, points);
  const mean = new Float32Array(x.length);
  const low = new Float32Array(x.length);
  const high = new Float32Array(x.length);
  const n = new Uint16Array(x.length);
  const values: number[] = [];
  const from = filled.map(() => 0);
  x.forEach((place, i) => {
    filled.forEach((member, j) => {
      const after = nextIndex(member.x, place, from[j] ?? 0);
      from[j] = after;
      values[j] = valueAt(member, place, after);
    });
    const found = summarize(values);
    const ends = found ? spreadEnds(found, spread) : ([Number.NaN, Number.NaN] as const);
    mean[i] = found?.mean ?? Number.NaN;
    low[i] = ends[0];
    high[i] = ends[1];
    n[i] = found?.n ?? 0;
  });
  return { x, mean, low, high, n };
}

/** Linear between neighbours; NaN outside the line. */
export function interpolate(line: Line, place: number): number {
  return valueAt(line, place, indexAt(line.x, place));
}

/** What `indexAt` finds, from a place before it: a grid is walked along, not searched through. */
function nextIndex(x: Float64Array, place: number, from: number): number {
  let index = from;
  while (index < x.length && (x[index] ?? Infinity) < place) index++;
  return index;
}

/** `after` is the index of the first point at or beyond `place`. */
function valueAt({ x, y }: Line, place: number, after: number): number {
  if (x[after] === place) return y[after] ?? Number.NaN;
  if (after === 0 || after === x.length) return Number.NaN;
  const x0 = x[after - 1] ?? 0;
  const x1 = x[after] ?? 0;
  const share = (place - x0) / (x1 - x0);
  return (y[after - 1] ?? Number.NaN) * (1 - share) + (y[after] ?? Number.NaN) * share;
}

function gridOf(members: readonly Line[], points: number): Float64Array {
  const densest = members.reduce<Line | undefined>(
    (best, member) => (best && best.x.length >= member.x.length ? best : member),
    undefined,
  );
  if (!densest) return new Float64Array(0);
  // Seeds of one spec measure at the same steps; then the grid is theirs and nothing is interpolated.
  const end = Math.max(...members.map((member) => member.x[member.x.length - 1] ?? -Infinity));
  const last = densest.x[densest.x.length - 1] ?? 0;
  if (densest.x.length <= points && last >= end) return densest.x;
  const start = Math.min(...members.map((member) => member.x[0] ?? Infinity));
  const count = Math.max(2, Math.min(points, densest.x.length));
  return Float64Array.from({ length: count }, (_, i) => start + ((end - start) * i) / (count - 1));
}
