// From a run's series to curves on the chosen x axis. Pure.
import type { RunRow, SeriesData } from '../contract/app/runs.ts';
import { stretchesOf } from '../contract/run-clock.ts';
import type { AxisRange } from '../figures/axis-range.ts';
import type { XKind } from './x-axis.ts';
import { xValues, type XContext } from './x-values.ts';

export interface StepRange {
  readonly fromStep: number;
  readonly toStep: number;
}

export interface Points {
  readonly x: Float64Array;
  readonly y: Float32Array;
}

/** Null where the run has no such points, or doesn't know its place on this axis. */
export function pointsOf(
  series: SeriesData | undefined,
  kind: XKind,
  context: XContext,
): Points | null {
  if (!series) return null;
  const x = xValues(series, kind, context);
  return x ? { x, y: series.values } : null;
}

/** What a row says is enough for every axis, whether or not the run's details are at hand. */
export function xContextOf(
  row: Pick<RunRow, 'step' | 'epoch' | 'startedAt' | 'stretches'>,
  stepsPerEpoch?: number,
): XContext {
  const known = row.epoch > 0 && row.step > 0 ? row.step / row.epoch : null;
  return {
    stepsPerEpoch: stepsPerEpoch ?? known,
    stretches: stretchesOf(row),
  };
}

/** The steps that a zoomed range of x covers, for fetching them in full; null if it isn't known. */
export function stepsInView(
  range: AxisRange | null,
  kind: XKind,
  context: XContext,
): StepRange | null {
  if (!range || (kind !== 'step' && kind !== 'epoch')) return null;
  const perUnit = kind === 'step' ? 1 : context.stepsPerEpoch;
  if (perUnit === null) return null;
  return {
    fromStep: Math.max(0, Math.floor(range.min * perUnit) - 1),
    toStep: Math.max(0, Math.ceil(range.max * perUnit)),
  };
}
