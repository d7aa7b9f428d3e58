// A curve of a chart on the page: what is drawn of it, and where its points come from. Pure. The host smooths
// and averages, from all points.
import type { ChartCurve } from '../../shared/contract/app/reports.ts';
import type { CurveData } from '../../shared/curves/curve-data.ts';
import type { Smoothing } from '../../shared/curves/smooth.ts';
import { figureCurve, type FigureCurve } from '../../shared/figures/figure-curve.ts';
import type { Line } from '../../shared/stats/band.ts';

/** Where its points come from, for whoever has to draw it elsewhere. */
export type CurveOrigin = Pick<ChartCurve, 'runs' | 'series' | 'component'> &
  Partial<Pick<ChartCurve, 'reading'>> & { readonly smoothing: Smoothing };

export interface Curve extends FigureCurve {
  /** Unique in its chart; stable over updates, because hiding and isolating go by it. */
  readonly id: string;
  /** Runs that the line is the mean of, of all that belong to it. */
  readonly n: number;
  readonly total: number;
  readonly origin?: CurveOrigin;
}

export type CurveName = Pick<Curve, 'id' | 'label' | 'colour'> &
  Partial<Pick<Curve, 'isDashed' | 'origin'>>;

/** Points that are drawn as they are. */
export function plainCurve(name: CurveName, line: Line): Curve {
  return { ...figureCurve({ isDashed: false, ...name }, { line }), n: 1, total: 1 };
}

/** What the host made of some runs. */
export function curveOf(name: CurveName, { n, total, thin, ...lines }: CurveData): Curve {
  const members = thin.map(({ line }) => line);
  return { ...figureCurve({ isDashed: false, ...name }, { ...lines, members }), n, total };
}

export function isEmptyCurve({ line, members }: Curve): boolean {
  return line.x.length === 0 && members.every(({ x }) => x.length === 0);
}
