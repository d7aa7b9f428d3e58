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
  // In parts that stay in the processor's cache, column by column, in short loops: a chart of long runs takes
  // the mean of millions of values, once, so the compiler has to know a loop soon.
  for (let from = 0; from < x.length; from += PART) {
    const part = { from, count: Math.min(PART, x.length - from) };
    means.fill(0);
    for (const values of columns) addValues(values, part);
    divideMeans(part.count, columns.length);
    if (spread === 'range') takeRange(columns, part);
    else takeDeviations(columns, part, halfOf);
    writePart(band, part, bounds);
  }
  return band;
}

const PART = 2048;

interface Part {
  readonly from: number;
  readonly count: number;
}

/** Of the places of one part, in double precision. */
const means = new Float64Array(PART);
const halves = new Float64Array(PART);
const lows = new Float64Array(PART);
const highs = new Float64Array(PART);

function addValues(values: Float32Array, { from, count }: Part): void {
  for (let i = 0; i < count; i++) means[i] = (means[i] ?? 0) + (values[from + i] ?? Number.NaN);
}

/** NaN as soon as one member has no finite value there. */
function divideMeans(count: number, members: number): void {
  for (let i = 0; i < count; i++) {
    const mean = (means[i] ?? Number.NaN) / members;
    means[i] = Number.isFinite(mean) ? mean : Number.NaN;
  }
}

function takeDeviations(
  columns: readonly Float32Array[],
  part: Part,
  halfOf: (deviation: number) => number,
): void {
  halves.fill(0);
  for (const values of columns) addSquares(values, part);
  const degrees = Math.max(1, columns.length - 1);
  const factor = halfOf(1);
  for (let i = 0; i < part.count; i++) {
    const mean = means[i] ?? Number.NaN;
    const half = Math.sqrt((halves[i] ?? Number.NaN) / degrees) * factor;
    halves[i] = half;
    lows[i] = mean - half;
    highs[i] = mean + half;
  }
}

function addSquares(values: Float32Array, { from, count }: Part): void {
  for (let i = 0; i < count; i++) {
    const distance = (values[from + i] ?? Number.NaN) - (means[i] ?? Number.NaN);
    halves[i] = (halves[i] ?? 0) + distance * distance;
  }
}

function takeRange(columns: readonly Float32Array[], part: Part): void {
  lows.fill(Infinity);
  highs.fill(-Infinity);
  for (const values of columns) takeExtremes(values, part);
  for (let i = 0; i < part.count; i++) {
    // Where there is no mean there are no ends.
    if (Number.isNaN(means[i])) lows[i] = highs[i] = Number.NaN;
    halves[i] = ((highs[i] ?? Number.NaN) - (lows[i] ?? Number.NaN)) / 2;
  }
}

function takeExtremes(values: Float32Array, { from, count }: Part): void {
  for (let i = 0; i < count; i++) {
    const value = values[from + i] ?? Number.NaN;
    if (value < (lows[i] ?? Infinity)) lows[i] = value;
    if (value > (highs[i] ?? -Infinity)) highs[i] = value;
  }
}

function writePart(
  band: Band,
  { from, count }: Part,
  bounds: { readonly low: number; readonly high: number },
): void {
  for (let i = 0; i < count; i++) {
    const at = from + i;
    band.mean[at] = means[i] ?? Number.NaN;
    band.half[at] = halves[i] ?? Number.NaN;
    band.low[at] = Math.max(bounds.low, lows[i] ?? Number.NaN);
    band.high[at] = Math.min(bounds.high, highs[i] ?? Number.NaN);
  }
}

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
