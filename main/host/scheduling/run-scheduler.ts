// A scheduler that trains the runs of a library on the devices of this machine.
import type { HostParts } from '../host-parts.ts';
import { findPlaces } from './places.ts';
import { RunBacklog, type RunBacklogOptions } from './run-backlog.ts';
import { trainInTurn, type RunTrainerOptions } from './run-trainer.ts';
import { Scheduler } from './scheduler.ts';

export interface RunSchedulerOptions
  extends Omit<RunTrainerOptions, 'settle'>, Pick<RunBacklogOptions, 'resumesRuns' | 'onHeld'> {
  readonly parts: HostParts;
  /** What went wrong while nobody waits for an answer. */
  readonly onError: (error: unknown) => void;
}

export interface RunScheduler {
  readonly scheduler: Scheduler;
  readonly backlog: RunBacklog;
}

export function createRunScheduler(options: RunSchedulerOptions): RunScheduler {
  const { parts, onChange, onError } = options;
  const backlog: RunBacklog = new RunBacklog({
    library: parts.library,
    resumesRuns: options.resumesRuns,
    onHeld: options.onHeld,
    train: (run, turn) =>
      trainInTurn({ ...options, settle: (...ending) => backlog.settle(...ending) }, run, turn),
  });
  const scheduler = new Scheduler({
    backlog,
    onChange,
    onError,
    findPlaces: async (first, signal) => {
      const runtime = await parts.ensureRuntime({
        onProgress: ({ message, fraction }) => {
          if (first !== undefined) options.onEvent(first, { kind: 'preparing', message, fraction });
        },
        signal,
      });
      return await findPlaces(runtime, parts.env);
    },
  });
  return { scheduler, backlog };
}
