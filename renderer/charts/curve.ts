// What a line chart draws: one named curve with its raw points, what smoothing made of them, and for
// groups of seeds a band. Pure.
import type { ChartCurve } from '../../shared/contract/app/reports.ts';
import { bandOf } from '../../shared/stats/band.ts';
import type { SpreadKind } from '../../shared/stats/summary.ts';
import { smooth, type Smoothing } from '../../shared/curves/smooth.ts';
import { makeTrace, type Trace } from './trace.ts';

/** Where its points come from, for whoever has to draw it elsewhere. */
export type CurveOrigin = Pick<ChartCurve, 'runs' | 'series' | 'component'> &
  Partial<Pick<ChartCurve, 'reading' | 'besides'>>;

export interface Curve {
  /** Unique in its chart; stable over updates, because hiding and isolating go by it. */
  readonly id: string;
  readonly label: string;
  /** A series colour by number, or the text colour. */
  readonly colour: number | 'neutral';
  /** A plain control wears its partner's colour, dashed. */
  readonly isDashed: boolean;
  readonly raw: Trace;
  /** Null where it would be the raw curve again. */
  readonly smoothed: Trace | null;
  /** Ends of the spread about the mean, and how many seeds reach each point. */
  readonly band: { readonly low: Trace; readonly high: Trace; readonly n: Uint16Array } | null;
  /** The seeds themselves, drawn thin beside their mean where that is wanted. */
  readonly members?: readonly Trace[];
  readonly origin?: CurveOrigin & { readonly smoothing: Smoothing };
}

export interface CurveSource {
  readonly id: string;
  readonly label: string;
  readonly colour: number | 'neutral';
  readonly isDashed?: boolean;
  readonly x: Float64Array;
  readonly y: Float32Array;
  readonly origin?: CurveOrigin;
}

export function curveOf(source: CurveSource, smoothing: Smoothing): Curve {
  const raw = makeTrace(source.x, source.y);
  return {
    ...named(source, smoothing),
    raw,
    smoothed: smoothedTrace(raw, smoothing),
    band: null,
  };
}

/** The mean of several seeds with its band; one member gives a plain curve. */
export function groupCurve(
  name: Omit<CurveSource, 'x' | 'y'>,
  members: readonly { readonly x: Float64Array; readonly y: Float32Array }[],
  smoothing: Smoothing,
  options: {
    readonly spread?: SpreadKind;
    readonly hasBand?: boolean;
    readonly hasMembers?: boolean;
    /** Drawn thin beside the mean and in no mean. */
    readonly besides?: readonly { readonly x: Float64Array; readonly y: Float32Array }[];
  } = {},
): Curve {
  const { spread = 'sd', hasBand = true, hasMembers = false, besides = [] } = options;
  const [only] = members;
  if (members.length === 1 && only && besides.length === 0)
    return curveOf({ ...name, ...only }, smoothing);
  // Each seed is smoothed before the mean, so that the band is the spread of seeds, not of batches.
  const traces = members.map(({ x, y }) => makeTrace(x, smooth(y, smoothing)));
  const thin = besides.map(({ x, y }) => makeTrace(x, smooth(y, smoothing)));
  const band = bandOf(traces, { spread });
  return {
    ...named(name, smoothing),
    raw: makeTrace(band.x, band.mean),
    smoothed: null,
    band: hasBand
      ? {
          low: makeTrace(band.x, band.low),
          high: makeTrace(band.x, band.high),
          n: band.n,
        }
      : null,
    ...(hasMembers || thin.length > 0 ? { members: [...(hasMembers ? traces : []), ...thin] } : {}),
  };
}

/** The trace that is read off, labelled and listed in the tooltip. */
export function mainTrace(curve: Curve): Trace {
  return curve.smoothed ?? curve.raw;
}

function named(
  source: Omit<CurveSource, 'x' | 'y'>,
  smoothing: Smoothing,
): Omit<Curve, 'raw' | 'smoothed' | 'band'> {
  const { id, label, colour, isDashed, origin } = source;
  return {
    ...{ id, label, colour, isDashed: isDashed ?? false },
    ...(origin ? { origin: { ...origin, smoothing } } : {}),
  };
}

function smoothedTrace(raw: Trace, smoothing: Smoothing): Trace | null {
  const values = smooth(raw.y, smoothing);
  return values === raw.y ? null : makeTrace(raw.x, values);
}
