// Figures of points and the lines through them, as findings hold them. Pure.
import type { FigureSeries, PointsFigure } from '../../shared/contract/findings.ts';

type Drawn = Pick<PointsFigure, 'id' | 'title' | 'xTitle' | 'series'> &
  Partial<Pick<PointsFigure, 'isLogX' | 'isLogY'>>;

/** On linear axes unless said otherwise. */
export function pointsFigure(given: Drawn & Pick<PointsFigure, 'yTitle'>): PointsFigure {
  return { kind: 'points', isLogX: false, isLogY: false, ...given };
}

/** Errors over something: points of `percentPoint`. */
export function errorFigure(given: Drawn): PointsFigure {
  return pointsFigure({ yTitle: 'Error in %', ...given });
}

/** Drawn through, unless said otherwise. */
export function lineOf(
  label: string,
  colour: number,
  points: FigureSeries['points'],
  look: Partial<Pick<FigureSeries, 'isDashed' | 'isJoined'>> = {},
): FigureSeries {
  return { label, colour, isDashed: false, isJoined: true, ...look, points };
}
