// What a line chart draws: one named curve, what it was before smoothing, and for groups of seeds a band.
// Pure. The host smooths and averages, from all points; here traces are made for drawing.
import type { ChartCurve } from '../../shared/contract/app/reports.ts';
import type { CurveData } from '../../shared/curves/curve-data.ts';
import type { Smoothing } from '../../shared/curves/smooth.ts';
import { makeTrace, type Trace } from './trace.ts';

/** Where its points come from, for whoever has to draw it elsewhere. */
export type CurveOrigin = Pick<ChartCurve, 'runs' | 'series' | 'component'> &
  Partial<Pick<ChartCurve, 'reading'>> & { readonly smoothing: Smoothing };

export interface Curve {
  /** Unique in its chart; stable over updates, because hiding and isolating go by it. */
  readonly id: string;
  readonly label: string;
  /** A series colour by number, or the text colour. */
  readonly colour: number | 'neutral';
  /** A plain control wears its partner's colour, dashed. */
  readonly isDashed: boolean;
  /** What is read off, labelled and listed in the tooltip; empty where seeds have no mean yet. */
  readonly line: Trace;
  /** Before smoothing; null where it would be the line again. */
  readonly raw: Trace | null;
  /** Ends of the spread about the mean; `half` of it at each place of the line. */
  readonly band: { readonly low: Trace; readonly high: Trace; readonly half: Float32Array } | null;
  /** Runs that the line is the mean of, of all that belong to it. */
  readonly n: number;
  readonly total: number;
  /** Drawn thin beside the line. */
  readonly members: readonly Trace[];
  readonly origin?: CurveOrigin;
}

export type CurveName = Pick<Curve, 'id' | 'label' | 'colour'> &
  Partial<Pick<Curve, 'isDashed' | 'origin'>>;

/** Points that are drawn as they are. */
export function plainCurve(
  name: CurveName,
  { x, y }: { readonly x: Float64Array; readonly y: Float32Array },
): Curve {
  return {
    ...{ isDashed: false, ...name, line: makeTrace(x, y), raw: null, band: null },
    ...{ n: 1, total: 1, members: [] },
  };
}

/** What the host made of some runs. */
export function curveOf(name: CurveName, { line, raw, band, n, total, thin }: CurveData): Curve {
  return {
    ...{ isDashed: false, ...name, n, total },
    line: makeTrace(line.x, line.y),
    raw: raw && makeTrace(raw.x, raw.y),
    band: band && {
      low: makeTrace(line.x, band.low),
      high: makeTrace(line.x, band.high),
      half: band.half,
    },
    members: thin.map((one) => makeTrace(one.line.x, one.line.y)),
  };
}

export function isEmptyCurve({ line, members }: Curve): boolean {
  return line.x.length === 0 && members.every(({ x }) => x.length === 0);
}

/** All that is drawn of it. */
export function tracesOf({ line, raw, band, members }: Curve): Trace[] {
  return [line, ...(raw ? [raw] : []), ...(band ? [band.low, band.high] : []), ...members];
}
