// A curve as charts draw it, on the page, in reports and in exported files: one shape for all of them. Pure.
import type { CurveBand } from '../curves/curve-data.ts';
import type { Line } from '../stats/band.ts';
import type { SeriesColour } from './svg.ts';
import { makeTrace, type Trace } from './trace.ts';

export interface FigureCurve {
  readonly label: string;
  /** A series colour by number, or the text colour. */
  readonly colour: SeriesColour;
  /** A plain control wears its partner's colour, dashed. */
  readonly isDashed: boolean;
  /** What is read off; empty where seeds have no mean yet. */
  readonly line: Trace;
  /** Before smoothing; null where it would be the line again. */
  readonly raw: Trace | null;
  /** Ends of the spread about the mean; `half` of it at each place of the line. */
  readonly band: { readonly low: Trace; readonly high: Trace; readonly half: Float32Array } | null;
  /** Drawn thin beside the line. */
  readonly members: readonly Trace[];
}

/** Lines of a curve as they come from the host or a file. */
export interface CurveLines {
  readonly line: Line;
  readonly raw?: Line | null;
  readonly band?: CurveBand | null;
  readonly members?: readonly Line[];
}

export function figureCurve<Name extends Pick<FigureCurve, 'label' | 'colour' | 'isDashed'>>(
  name: Name,
  { line, raw = null, band = null, members = [] }: CurveLines,
): Name & FigureCurve {
  return {
    ...name,
    line: makeTrace(line.x, line.y),
    raw: raw && makeTrace(raw.x, raw.y),
    band: band && {
      low: makeTrace(line.x, band.low),
      high: makeTrace(line.x, band.high),
      half: band.half,
    },
    members: members.map(({ x, y }) => makeTrace(x, y)),
  };
}
