// Mean and spread of the seeds of one group, at every place where all of them have a value. Pure. A mean
// of fewer seeds than its name says would jump where one of them ends: it has a gap there instead.
import { indexAt } from '../index-at.ts';
import { spreadEnds, summarize, type SpreadKind } from './summary.ts';

/** A curve: `x` rising, `y` with what is not a number kept. */
export interface Line {
  readonly x: Float64Array;
  readonly y: Float32Array;
}

/** All arrays are of one length. NaN where a member has no finite value. */
export interface Band {
  readonly x: Float64Array;
  readonly mean: Float32Array;
  readonly low: Float32Array;
  readonly high: Float32Array;
  /** Half the spread, which `low` and `high` lose where they meet a bound. */
  readonly half: Float32Array;
}

export interface BandOptions {
  readonly spread?: SpreadKind;
  /** What the ends of the spread can't exceed, e.g. 0 and 1 for a share. */
  readonly bounds?: { readonly low: number; readonly high: number };
}

/**
 * From where the last member begins to where the first one ends, at the places of the densest member;
 * others are interpolated between their neighbours. With one member both ends are its values.
 */
export function bandOf(members: readonly Line[], options: BandOptions = {}): Band {
  const { spread = 'sd', bounds = { low: -Infinity, high: Infinity } } = options;
  const x = commonPlaces(members);
  const band = {
    x,
    mean: new Float32Array(x.length),
    low: new Float32Array(x.length),
    high: new Float32Array(x.length),
    half: new Float32Array(x.length),
  };
  const values = new Array<number>(members.length).fill(0);
  const from = members.map(() => 0);
  for (let i = 0; i < x.length; i++) {
    const place = x[i] ?? 0;
    for (let j = 0; j < members.length; j++) {
      const member = members[j] ?? NO_LINE;
      const after = nextIndex(member.x, place, from[j] ?? 0);
      from[j] = after;
      values[j] = valueAt(member, place, after);
    }
    const found = summarize(values);
    const isWhole = found?.n === members.length;
    const [least, most] = isWhole ? spreadEnds(found, spread) : NOTHING;
    band.mean[i] = isWhole ? found.mean : Number.NaN;
    band.low[i] = Math.max(bounds.low, least);
    band.high[i] = Math.min(bounds.high, most);
    band.half[i] = (most - least) / 2;
  }
  return band;
}

const NO_LINE: Line = { x: new Float64Array(0), y: new Float32Array(0) };
const NOTHING = [Number.NaN, Number.NaN] as const;

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

/** Empty where there is no place that all members reach. */
function commonPlaces(members: readonly Line[]): Float64Array {
  const start = Math.max(...members.map(({ x }) => x[0] ?? Infinity));
  const end = Math.min(...members.map(({ x }) => x[x.length - 1] ?? -Infinity));
  if (members.length === 0 || !(start <= end)) return new Float64Array(0);
  const inside = members.map(({ x }) => {
    let to = indexAt(x, end);
    if (x[to] === end) to++;
    return x.subarray(indexAt(x, start), to);
  });
  const densest = inside.reduce((best, x) => (x.length > best.length ? x : best));
  const isWhole = densest[0] === start && densest[densest.length - 1] === end;
  if (isWhole) return densest;
  // On an axis of time seeds begin and end between the points of others.
  return Float64Array.from(new Set([start, ...densest, end]));
}
