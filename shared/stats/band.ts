// Mean and spread of the seeds of one group, at every place where all of them have a value. Pure. A mean
// of fewer seeds than its name says would jump where one of them ends: it has a gap there instead.
import { indexAt } from '../index-at.ts';
import { halfSpread, type SpreadKind } from './summary.ts';

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
  const columns = members.map((member) => valuesAt(member, x));
  const halfOf = halfSpread(spread, members.length);
  for (let i = 0; i < x.length; i++) {
    const { mean, deviation, min, max } = momentsAt(columns, i);
    const half = spread === 'range' ? (max - min) / 2 : halfOf(deviation);
    band.mean[i] = mean;
    band.low[i] = Math.max(bounds.low, spread === 'range' ? min : mean - half);
    band.high[i] = Math.min(bounds.high, spread === 'range' ? max : mean + half);
    band.half[i] = half;
  }
  return band;
}

/** Of one place. NaN as soon as one member has no finite value there. */
function momentsAt(columns: readonly Float32Array[], i: number) {
  let sum = 0;
  let min = Infinity;
  let max = -Infinity;
  for (const values of columns) {
    const value = values[i] ?? Number.NaN;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = sum / columns.length;
  if (!Number.isFinite(mean)) return NO_MOMENTS;
  let squares = 0;
  for (const values of columns) squares += ((values[i] ?? Number.NaN) - mean) ** 2;
  const deviation = columns.length > 1 ? Math.sqrt(squares / (columns.length - 1)) : 0;
  return { mean, deviation, min, max };
}

const NO_MOMENTS = { mean: NaN, deviation: NaN, min: NaN, max: NaN };

/** The values at `places`, which lie within the line: its own where the places are, else between them. */
function valuesAt(line: Line, places: Float64Array): Float32Array {
  const { x, y } = line;
  const from = places.length === 0 ? 0 : indexAt(x, places[0] ?? 0);
  if (isSame(x.subarray(from, from + places.length), places)) {
    return y.subarray(from, from + places.length);
  }
  const values = new Float32Array(places.length);
  let after = from;
  for (let i = 0; i < places.length; i++) {
    const place = places[i] ?? 0;
    // Places are walked along, not searched through.
    while (after < x.length && (x[after] ?? Infinity) < place) after++;
    values[i] = valueAt(line, place, after);
  }
  return values;
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Linear between neighbours; NaN outside the line. */
export function interpolate(line: Line, place: number): number {
  return valueAt(line, place, indexAt(line.x, place));
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
