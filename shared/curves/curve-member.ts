// From all points of a run's series to the line that a chart is made of: one component or the throughput
// of it, on the chosen x axis. Pure.
import { component, type ThinnedSeries } from './series-merge.ts';
import type { CurveMember } from './drawn-curve.ts';
import { throughputOf } from './throughput.ts';
import type { XKind } from './x-axis.ts';
import { hasTimes, xValues, type XContext, type XSource } from './x-values.ts';

export interface WholeSeries extends Pick<ThinnedSeries, 'width' | 'steps' | 'values'>, XSource {
  readonly labels: readonly string[];
}

export interface Reading {
  readonly x: XKind;
  /** Of a series with a number for each unit: which one. */
  readonly component?: string | undefined;
  /** The values, or images a second from the times between them. */
  readonly reading: 'value' | 'throughput';
}

export interface RunOnAxis {
  readonly run: string;
  readonly context: XContext;
  /** Examples a step. */
  readonly batch: number;
}

/** Undefined where the run has no such points, or does not know its place on this axis. */
export function memberOf(
  series: WholeSeries,
  { x, component: wanted, reading }: Reading,
  { run, context, batch }: RunOnAxis,
): CurveMember | undefined {
  const { steps, elapsedMs } = series;
  const read =
    reading === 'throughput'
      ? elapsedMs && throughputOf({ steps, elapsedMs }, batch)
      : componentOf(series, wanted);
  const places = read && read.steps.length > 0 ? xValues(read, x, context) : null;
  return read && places ? { run, x: places, y: read.values } : undefined;
}

/** Whether the times of the points are needed for it. */
export function needsTimes({ x, reading }: Reading): boolean {
  return reading === 'throughput' || hasTimes(x);
}

type Read = Pick<WholeSeries, 'steps' | 'elapsedMs' | 'values'>;

function componentOf(series: WholeSeries, wanted: string | undefined): Read | undefined {
  if (wanted === undefined) return series.width === 1 ? series : undefined;
  const index = series.labels.indexOf(wanted);
  return index < 0 ? undefined : { ...series, values: component(series, index) };
}
