// Runs: starts, resumes and stops trainings and keeps the library's record of each. As many at a time as
// was said; the others wait in order. A run that fails is recorded as failed before the error is thrown.
import type { GoBackChoice } from '../../shared/contract/run-history.ts';
import { inputError } from '../../shared/errors.ts';
import { warmupNote } from '../../shared/spec/schedule.ts';
import { RunSpec } from '../../shared/spec/run.ts';
import type { QueueWish } from '../store/queue.ts';
import type { RunRecord } from '../store/run-record.ts';
import { requireIntactLast } from './checkpoint-choice.ts';
import {
  currentData,
  outlineData,
  rememberDataset,
  settledData,
  type DatasetOutline,
} from './dataset-outline.ts';
import { goBackTo } from './go-back.ts';
import { withCurrentDecisions } from './decisions.ts';
import type { HostParts } from './host-parts.ts';
import { newRun } from './new-run.ts';
import { checkResumable, checkSameData, checkSpec } from './run-checks.ts';
import type { TrainingEvent } from './training-events.ts';
import { followRunWishes } from './run-wishes.ts';
import { checkDevices } from './scheduling/places.ts';
import { throwIfSingle } from './scheduling/on-each.ts';
import { Scheduler } from './scheduling/scheduler.ts';
import { checkStartingWeights } from './starting-weights.ts';
import { followWithTensorboard, requireWritable } from './tensorboard/live-tensorboard.ts';
import { isAnswerToAsking, trainRun, type TrainRequest } from './train-run.ts';

export type { RunRecord, RunSummary } from '../store/run-record.ts';

export interface RunOptions {
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
  /** Checkpoint and stop. */
  readonly stop?: AbortSignal | undefined;
  /** End at once; what came after the last checkpoint is lost. */
  readonly abandon?: AbortSignal | undefined;
}

export interface RunService {
  /** Resolves with the record when the run is `finished`, or `interrupted` because it was stopped. */
  start(
    spec: RunSpec,
    options?: RunOptions & {
      /** A folder in which TensorBoard finds the run while it trains. */
      readonly tensorboard?: string | undefined;
    },
  ): Promise<RunRecord>;
  /**
   * Goes on from the last checkpoint, or from the beginning if there never was one. `from`: goes back to
   * another one first, which loses what came after it.
   */
  resume(
    reference: string,
    options?: RunOptions & { readonly from?: GoBackChoice | undefined },
  ): Promise<RunRecord>;
  /** Asks a run of this host to checkpoint and stop; its `start` or `resume` then resolves. */
  stop(id: string): void;
  /** Ends a run of this host at once. */
  abandon(id: string): void;
}

export interface RunServiceOptions {
  /** So many runs are trained at the same time. */
  readonly atOnce?: number;
}

export function createRunService(
  parts: HostParts,
  { atOnce = 1 }: RunServiceOptions = {},
): RunService {
  const { library } = parts;
  // Trainers choose their device themselves: whoever types a command has the machine to himself.
  const places = Array.from({ length: atOnce }, (_, i) => ({ name: `${i}`, device: undefined }));
  const scheduler = new Scheduler({
    findPlaces: () => Promise.resolve(places),
    onError: (error) => {
      throw error;
    },
  });

  /** Runs the trainer for a record that exists, and writes down how it ended. */
  const train = async (
    run: RunRecord,
    request: Pick<TrainRequest, 'spec' | 'fromCheckpoint' | 'isResumed'>,
    { onEvent = () => undefined, stop, abandon }: RunOptions,
  ): Promise<RunRecord> => {
    const { id } = run;
    if (scheduler.has(id)) throw alreadyActive(id);
    const progress = { hasBegun: false };
    const trained = scheduler.submit({
      id,
      kind: 'training',
      name: id,
      work: async (turn) => {
        progress.hasBegun = true;
        const wishes = followRunWishes(library, id, (wish) => ask(wish, id));
        try {
          return await trainRun(parts, {
            run,
            ...request,
            onEvent,
            stop: turn.stop,
            abandon: turn.abandon,
            settle: (changes) => {
              const isPaused = changes.status === 'interrupted' && turn.state() === 'pausing';
              return library.runs.update(id, isPaused ? { ...changes, status: 'paused' } : changes);
            },
          });
        } finally {
          wishes.close();
        }
      },
    });
    follow(stop, () => ask('stop', id));
    follow(abandon, () => ask('cancel', id));
    try {
      return await trained;
    } catch (error) {
      if (progress.hasBegun || !isAnswerToAsking(error)) throw error;
      return library.transaction(() => {
        const now = library.runs.get(id);
        // While it waited here, another process may have gone on with it.
        if (now.owner !== null || now.status === 'finished') return now;
        return library.runs.update(id, { status: 'interrupted', error: null });
      });
    }
  };

  /** Of a run that has ended meanwhile nothing more is asked. */
  const ask = (wish: QueueWish, id: string): void => {
    if (scheduler.has(id)) scheduler[wish]([id]);
  };

  const look = (spec: RunSpec, options: RunOptions): Promise<DatasetOutline> =>
    outlineData(spec.data, {
      cacheFolder: library.cacheFolder,
      onEvent: options.onEvent,
      signal: options.stop,
    });

  return {
    start: async (given, options = {}) => {
      const asked = RunSpec.parse(given);
      if (options.tensorboard !== undefined) requireWritable(options.tensorboard);
      await checkDevices(asked.devices, parts.env, options.stop);
      const current = {
        ...asked,
        data: await withCurrentDecisions(library, currentData(library, asked.data)),
      };
      const data = await look(current, options);
      const spec = { ...current, data: settledData(current.data, data) };
      const { totalSteps } = checkSpec(spec, data);
      await checkStartingWeights(library, spec, data);
      const run = library.transaction(() => {
        rememberDataset(library, data);
        const { codeVersion } = parts;
        return library.runs.create(newRun(spec, { data, codeVersion, totalSteps }));
      });
      if (options.tensorboard !== undefined) {
        followWithTensorboard(library, run.id, options.tensorboard);
      }
      options.onEvent?.({ kind: 'created', run });
      const note = warmupNote(spec.recipe.schedule, totalSteps);
      if (note !== undefined) options.onEvent?.({ kind: 'warning', message: note });
      for (const { text } of data.notes) options.onEvent?.({ kind: 'data-note', message: text });
      return await train(run, { spec, fromCheckpoint: false, isResumed: false }, options);
    },
    resume: async (reference, options = {}) => {
      let run = library.runs.get(reference);
      const { spec } = checkResumable(run, library.runFolder(run.id));
      await checkDevices(spec.devices, parts.env, options.stop);
      checkSameData(run, await look(spec, options));
      if (options.from !== undefined) run = await goBackTo(library, run, options.from);
      const { fromCheckpoint } = checkResumable(run, library.runFolder(run.id));
      if (fromCheckpoint) {
        const last = await requireIntactLast(library, run);
        if (last.proof === 'none') {
          warn(
            options,
            'The checkpoint has no recorded SHA-256 (an earlier version wrote it), so damage to it would not be noticed.',
          );
        }
      }
      options.onEvent?.({ kind: 'created', run });
      if (!fromCheckpoint && options.from !== 'start') {
        warn(options, 'No checkpoint was written yet, so the run starts from the beginning.');
      }
      if (run.codeVersion !== parts.codeVersion) {
        warn(
          options,
          `The run was begun by version ${run.codeVersion}; this is ${parts.codeVersion}, so its numbers may differ from an uninterrupted run.`,
        );
      }
      return await train(run, { spec, fromCheckpoint, isResumed: true }, options);
    },
    stop: (id) => throwIfSingle(1, scheduler.stop([id])),
    abandon: (id) => throwIfSingle(1, scheduler.cancel([id])),
  };
}

function follow(signal: AbortSignal | undefined, onAbort: () => void): void {
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
}

function alreadyActive(id: string): Error {
  return inputError('run-in-training', `The run ${id} is being trained by this process already.`);
}

function warn(options: RunOptions, message: string): void {
  options.onEvent?.({ kind: 'warning', message });
}
