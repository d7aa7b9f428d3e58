// The pages' pictures as data for shared/figures. Pure.
import type { FigureCurve } from '../../../../shared/figures/figure-curve.ts';
import type { LineFigure } from '../../../../shared/figures/line-model.ts';
import { makeTrace } from '../../../../shared/figures/trace.ts';
import type { PointsFigure } from '../../../../shared/contract/findings.ts';
import { valueAt, type ClassFit, type Points, type Target } from './function-classes.ts';
import type { Trace } from './live-training.svelte.ts';
import { outputOf, TARGET, type Line, type Wiring } from './scalar-network.ts';

/** More points of a curve than these can't be told apart. */
const MOST_POINTS = 240;

/** A curve that nothing is drawn beside. */
const ALONE = { raw: null, band: null, members: [] } as const;

export const WIRING_NAMES: Readonly<Record<Wiring, string>> = {
  plain: 'Without shortcut',
  shortcut: 'With shortcut',
};

export function lossFigure(traces: Readonly<Record<Wiring, Trace>>): LineFigure {
  const curve = (wiring: Wiring, colour: number): FigureCurve => {
    const { losses } = traces[wiring];
    const every = Math.max(1, Math.ceil(losses.length / MOST_POINTS));
    const places = losses.flatMap((_, i) =>
      i % every === 0 || i === losses.length - 1 ? [i] : [],
    );
    return {
      label: WIRING_NAMES[wiring],
      colour,
      isDashed: false,
      ...ALONE,
      line: makeTrace(
        Float64Array.from(places),
        Float32Array.from(places, (i) => losses[i] ?? Number.NaN),
      ),
    };
  };
  return {
    label: 'Loss by step',
    xTitle: 'Step',
    yTitle: 'Mean squared error',
    isLogY: true,
    curves: [curve('plain', 1), curve('shortcut', 0)],
  };
}

export function outputFigure(traces: Readonly<Record<Wiring, Trace>>): LineFigure {
  const x = Float64Array.from([-1, 1]);
  const line = (
    { slope, offset }: Line,
    look: Pick<FigureCurve, 'label' | 'colour' | 'isDashed'>,
  ): FigureCurve => ({
    ...look,
    ...ALONE,
    line: makeTrace(
      x,
      Float32Array.from(x, (place) => slope * place + offset),
    ),
  });
  const output = (wiring: Wiring): Line => outputOf(traces[wiring].layers, wiring);
  return {
    label: 'What the networks compute',
    xTitle: 'x',
    yTitle: 'y',
    curves: [
      line(TARGET, { label: '4x + 3', colour: 'neutral', isDashed: true }),
      line(output('plain'), { label: WIRING_NAMES.plain, colour: 1, isDashed: false }),
      line(output('shortcut'), { label: WIRING_NAMES.shortcut, colour: 0, isDashed: false }),
    ],
  };
}

/** The points, the target and each class's best function. */
export function fitFigure(
  title: string,
  given: {
    readonly target: Target;
    readonly points: Points;
    readonly fits: readonly ClassFit[];
  },
): PointsFigure {
  const { target, points, fits } = given;
  const places = Array.from({ length: 101 }, (_, i) => -1 + i / 50);
  return {
    kind: 'points',
    id: title,
    title,
    xTitle: 'x',
    yTitle: 'y',
    isLogX: false,
    isLogY: false,
    series: [
      {
        label: target.label,
        colour: 8,
        isDashed: true,
        isJoined: true,
        points: places.map((x) => ({ x, y: target.at(x) })),
      },
      {
        label: 'Points',
        colour: 8,
        isDashed: false,
        isJoined: false,
        points: points.x.map((x, i) => ({ x, y: points.y[i] ?? null })),
      },
      ...fits.map((fit, colour) => ({
        label: fit.of.name,
        colour,
        isDashed: false,
        isJoined: true,
        points: places.map((x) => ({ x, y: valueAt(fit, x) })),
      })),
    ],
  };
}
