// The one road from all points of some runs to a curve that is drawn: smooth every run, average the
// runs, and only then leave points out. Charts, reports, exports and the command line take it. Pure.
import type { AxisRange } from '../figures/axis-range.ts';
import { isEmpty, type Extent } from '../figures/extent.ts';
import { indexAt } from '../index-at.ts';
import { bandOf, type Line } from '../stats/band.ts';
import type { SpreadKind } from '../stats/summary.ts';
import type { CurveBand, CurveData, ThinCurve } from './curve-data.ts';
import { smooth, type Smoothing } from './smooth.ts';
import { thinnedIndices, type IndexRange } from './thin.ts';

/** All points of one run. */
export interface CurveMember extends Line {
  readonly run: string;
}

export interface CurveMembers {
  /** The mean is made of these. */
  readonly counted: readonly CurveMember[];
  /** Drawn thin and in no mean. */
  readonly others: readonly CurveMember[];
}

export interface DrawnCurveOptions {
  readonly smoothing: Smoothing;
  readonly spread: SpreadKind;
  /** What is drawn of several seeds besides their mean. */
  readonly drawn: 'band' | 'traces' | 'both';
  readonly bounds: Extent;
  /** Of each line; every point without. */
  readonly maxPoints?: number | undefined;
  /** The part of x that is wanted, and a point beyond either end; all without. */
  readonly range?: AxisRange | null | undefined;
}

export function drawnCurve(
  { counted, others }: CurveMembers,
  options: DrawnCurveOptions,
): Omit<CurveData, 'mark'> {
  const smoothed = counted.map((member) => ({ ...member, y: smooth(member.y, options.smoothing) }));
  const [only] = smoothed;
  const [onlyRaw] = counted;
  const hasMean = smoothed.length > 1;
  const mean = hasMean ? bandOf(smoothed, options) : undefined;
  const whole: Line = mean ? { x: mean.x, y: mean.mean } : (only ?? NOTHING);
  const cutter = new Cutter(options);
  const hasBand = mean !== undefined && options.drawn !== 'traces';
  const line = cutter.cut(whole, hasBand ? [mean.low, mean.high] : [], hasBand ? [mean.half] : []);
  const isSmoothed = counted.some((member, i) => member.y !== smoothed[i]?.y);
  const thin = [
    ...(mean ? seedsBesideMean(counted, smoothed, { mean: whole, drawn: options.drawn }) : []),
    ...others.map((member): ThinSource => ({
      ...{ run: member.run, isCounted: false, raw: member.y },
      line: { x: member.x, y: smooth(member.y, options.smoothing) },
    })),
  ];
  return {
    line: { x: line.x, y: line.y },
    raw: isSmoothed ? rawOf(counted, onlyRaw, { cutter, options }) : null,
    band: hasBand ? bandAt(line) : null,
    n: counted.length,
    total: counted.length + others.length,
    thin: thin.flatMap((source) => thinCurve(source, { cutter, options, isSmoothed })),
    isThinned: cutter.hasLeftOut,
  };
}

const EMPTY = new Float32Array(0);
const NOTHING: Line = { x: new Float64Array(0), y: EMPTY };

interface ThinSource extends Omit<ThinCurve, 'raw'> {
  readonly raw: Float32Array;
}

interface Making {
  readonly cutter: Cutter;
  readonly options: DrawnCurveOptions;
}

/** Behind a mean the raw mean would be fog; an export of every point has it. */
function rawOf(
  counted: readonly CurveMember[],
  only: CurveMember | undefined,
  { cutter, options }: Making,
): Line | null {
  if (counted.length === 1) return only ? cutter.cut(only) : null;
  if (options.maxPoints !== undefined) return null;
  const { x, mean } = bandOf(counted, options);
  return cutter.cut({ x, y: mean });
}

/** All of each where the seeds are wanted, else what lies beyond the ends of the mean. */
function seedsBesideMean(
  counted: readonly CurveMember[],
  smoothed: readonly CurveMember[],
  { mean, drawn }: { readonly mean: Line; readonly drawn: DrawnCurveOptions['drawn'] },
): ThinSource[] {
  return smoothed.flatMap((member, i): ThinSource[] => {
    const raw = counted[i]?.y ?? EMPTY;
    const part = (isCounted: boolean, { from, to }: IndexRange): ThinSource => ({
      ...{ run: member.run, isCounted, raw: raw.subarray(from, to) },
      line: { x: member.x.subarray(from, to), y: member.y.subarray(from, to) },
    });
    const all = { from: 0, to: member.x.length };
    if (drawn !== 'band') return [part(true, all)];
    const [start] = mean.x;
    const end = mean.x[mean.x.length - 1];
    if (start === undefined || end === undefined) return [part(false, all)];
    const before = indexAt(member.x, start);
    const at = indexAt(member.x, end);
    // From the place where the mean ends, or the last point before it.
    const after = member.x[at] === end ? at : Math.max(0, at - 1);
    return [
      ...(before > 0 ? [part(false, { from: 0, to: before + 1 })] : []),
      ...(at < member.x.length && after < member.x.length - 1
        ? [part(false, { from: after, to: all.to })]
        : []),
    ];
  });
}

function thinCurve(
  { run, isCounted, line, raw }: ThinSource,
  { cutter, options, isSmoothed }: Making & { readonly isSmoothed: boolean },
): ThinCurve[] {
  const cut = cutter.cut(line);
  if (cut.x.length === 0) return [];
  const hasRaw = isSmoothed && options.maxPoints === undefined;
  return [{ run, isCounted, line: cut, raw: hasRaw ? cutter.cut({ x: line.x, y: raw }) : null }];
}

interface Cut extends Line {
  /** Both kinds, in the order they were given. */
  readonly columns: readonly Float32Array[];
}

function bandAt({ columns: [low = EMPTY, high = EMPTY, half = EMPTY] }: Cut): CurveBand {
  return { low, high, half };
}

/** Leaves out what is not in the range, and of the rest what is too much. */
class Cutter {
  hasLeftOut = false;
  readonly #options: Pick<DrawnCurveOptions, 'maxPoints' | 'range'>;

  constructor(options: Pick<DrawnCurveOptions, 'maxPoints' | 'range'>) {
    this.#options = options;
  }

  /** Columns are at the places of the line: `edges` keep their extremes too, `others` only follow. */
  cut(
    { x, y }: Line,
    edges: readonly Float32Array[] = [],
    others: readonly Float32Array[] = [],
  ): Cut {
    const { maxPoints = Infinity, range } = this.#options;
    const { from, to } = partOf(x, range);
    if (to - from <= maxPoints) {
      const part = (values: Float32Array): Float32Array => values.subarray(from, to);
      return { x: x.subarray(from, to), y: part(y), columns: [...edges, ...others].map(part) };
    }
    this.hasLeftOut = true;
    const kept = thinnedIndices([y, ...edges], { from, to }, maxPoints);
    const picked = (values: Float32Array): Float32Array =>
      Float32Array.from(kept, (index) => values[index] ?? Number.NaN);
    return {
      x: Float64Array.from(kept, (index) => x[index] ?? Number.NaN),
      y: picked(y),
      columns: [...edges, ...others].map(picked),
    };
  }
}

function partOf(x: Float64Array, range: AxisRange | null | undefined): IndexRange {
  if (!range || isEmpty({ low: range.min, high: range.max })) return { from: 0, to: x.length };
  const from = Math.max(0, indexAt(x, range.min) - 1);
  const to = Math.min(x.length, indexAt(x, range.max) + 2);
  return from < to ? { from, to } : { from: 0, to: 0 };
}
