// Where a run stands on the axes of a chart. Pure.
import { stretchesOf, type Stretch } from '../contract/run-clock.ts';
import type { RunStatus } from '../contract/run-status.ts';
import type { XKind } from './x-axis.ts';
import type { XContext } from './x-values.ts';

interface RunOnClock {
  readonly step: number;
  readonly epoch: number;
  readonly startedAt: string | null;
  readonly stretches?: readonly Stretch[] | undefined;
  readonly metrics?: Readonly<Record<string, number | null>>;
}

/** What a row says is enough for every axis, whether or not the run's details are at hand. */
export function xContextOf(row: RunOnClock, stepsPerEpoch?: number): XContext {
  const epochs = row.metrics?.['plannedEpochs'] ?? null;
  const known = row.epoch > 0 && row.step > 0 ? row.step / row.epoch : null;
  return {
    stepsPerEpoch: stepsPerEpoch ?? row.metrics?.['stepsPerEpoch'] ?? known,
    ...(epochs === null ? {} : { epochs }),
    stretches: stretchesOf(row),
  };
}

interface PlannedRun extends RunOnClock {
  readonly status: RunStatus;
  readonly totalSteps: number;
}

/**
 * Where the steps or epochs of the runs will end, if one of them is still to go on; undefined where
 * nobody knows it: on an axis of time, or before the data is open.
 */
export function plannedEndOf<R extends PlannedRun>(
  runs: readonly R[],
  kind: XKind,
  contextOf: (run: R) => XContext = xContextOf,
): number | undefined {
  if (kind !== 'step' && kind !== 'epoch') return undefined;
  const ends = runs.flatMap((run) => {
    if (run.status !== 'running' && run.status !== 'paused') return [];
    const perUnit = kind === 'step' ? 1 : (contextOf(run).stepsPerEpoch ?? 0);
    return perUnit > 0 && run.totalSteps > 0 ? [run.totalSteps / perUnit] : [];
  });
  return ends.length === 0 ? undefined : Math.max(...ends);
}
