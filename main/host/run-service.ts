// Runs: starts, resumes and stops trainings and keeps the library's record of each. One at a time; the
// others wait in order. A run that fails is recorded as failed before the error is thrown.
import type { GoBackChoice } from '../../shared/contract/run-history.ts';
import { failure, inputError } from '../../shared/errors.ts';
import { warmupNote } from '../../shared/spec/schedule.ts';
import { RunSpec } from '../../shared/spec/run.ts';
import type { RunRecord } from '../store/run-record.ts';
import { requireIntactLast } from './checkpoint-choice.ts';
import {
  currentData,
  outlineData,
  rememberDataset,
  settledData,
  type DatasetOutline,
} from './datasets.ts';
import { goBackTo } from './go-back.ts';
import { withCurrentDecisions } from './decisions.ts';
import type { HostParts } from './host-parts.ts';
import { createLane } from './lane.ts';
import { newRun } from './new-run.ts';
import { checkResumable, checkSameData, checkSpec } from './run-checks.ts';
import type { RunEvent } from './run-events.ts';
import { followRunWishes } from './run-wishes.ts';
import { checkStartingWeights } from './starting-weights.ts';
import { isAnswerToAsking, trainRun } from './train-run.ts';

export type { RunRecord, RunSummary } from '../store/run-record.ts';

export interface RunOptions {
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  /** Checkpoint and stop. */
  readonly stop?: AbortSignal | undefined;
  /** End at once; what came after the last checkpoint is lost. */
  readonly abandon?: AbortSignal | undefined;
}

export interface RunService {
  /** Resolves with the record when the run is `finished`, or `interrupted` because it was stopped. */
  start(spec: RunSpec, options?: RunOptions): Promise<RunRecord>;
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

interface Signals {
  readonly stop: AbortController;
  readonly abandon: AbortController;
}

export function createRunService(parts: HostParts): RunService {
  const { library } = parts;
  const lane = createLane();
  const active = new Map<string, Signals>();

  /** Runs the trainer for a record that exists, and writes down how it ended. */
  const train = async (
    run: RunRecord,
    spec: RunSpec,
    { fromCheckpoint, isResumed }: { fromCheckpoint: boolean; isResumed: boolean },
    options: RunOptions,
  ): Promise<RunRecord> => {
    if (active.has(run.id)) throw alreadyActive(run.id);
    const signals = followSignals(options);
    const { onEvent = () => undefined } = options;
    active.set(run.id, signals);
    const turn = { hasCome: false };
    try {
      return await lane.enter(() => {
        turn.hasCome = true;
        const wishes = followRunWishes(library, run.id, signals);
        return trainRun(parts, {
          run,
          spec,
          fromCheckpoint,
          isResumed,
          onEvent,
          stop: signals.stop.signal,
          abandon: signals.abandon.signal,
          settle: (changes) => {
            const isPaused = changes.status === 'interrupted' && wishes.current === 'pause';
            return library.runs.update(
              run.id,
              isPaused ? { ...changes, status: 'paused' } : changes,
            );
          },
        }).finally(() => wishes.close());
      }, signals.stop.signal);
    } catch (error) {
      if (turn.hasCome || !isAnswerToAsking(error)) throw error;
      return library.together(() => {
        const now = library.runs.get(run.id);
        // While it waited here, another process may have gone on with it.
        if (now.owner !== null || now.status === 'finished') return now;
        return library.runs.update(run.id, { status: 'interrupted', error: null });
      });
    } finally {
      active.delete(run.id);
    }
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
      const current = {
        ...asked,
        data: await withCurrentDecisions(library, currentData(library, asked.data)),
      };
      const data = await look(current, options);
      const spec = { ...current, data: settledData(current.data, data) };
      const { totalSteps } = checkSpec(spec, data);
      await checkStartingWeights(library, spec, data);
      const run = library.together(() => {
        rememberDataset(library, data);
        const { codeVersion } = parts;
        return library.runs.create(newRun(spec, { data, codeVersion, totalSteps }));
      });
      options.onEvent?.({ kind: 'created', run });
      const note = warmupNote(spec.recipe.schedule, totalSteps);
      if (note !== undefined) options.onEvent?.({ kind: 'warning', message: note });
      for (const { text } of data.notes) options.onEvent?.({ kind: 'data-note', message: text });
      return await train(run, spec, { fromCheckpoint: false, isResumed: false }, options);
    },
    resume: async (reference, options = {}) => {
      let run = library.runs.get(reference);
      const { spec } = checkResumable(run, library.runFolder(run.id));
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
      return await train(run, spec, { fromCheckpoint, isResumed: true }, options);
    },
    stop: (id) => signalsOf(active, id).stop.abort(),
    abandon: (id) => signalsOf(active, id).abandon.abort(),
  };
}

/** Controllers of our own, so that a run can be stopped by its id as well as by its caller's signal. */
function followSignals({ stop, abandon }: RunOptions): Signals {
  return { stop: follow(stop), abandon: follow(abandon) };
}

function follow(signal: AbortSignal | undefined): AbortController {
  const controller = new AbortController();
  if (signal?.aborted === true) controller.abort();
  signal?.addEventListener('abort', () => controller.abort(), { once: true });
  return controller;
}

function alreadyActive(id: string): Error {
  return inputError('run-in-training', `The run ${id} is being trained by this process already.`);
}

function signalsOf(active: ReadonlyMap<string, Signals>, id: string): Signals {
  const signals = active.get(id);
  if (signals !== undefined) return signals;
  throw failure('run-not-active', `The run ${id} is not being trained by this process.`);
}

function warn(options: RunOptions, message: string): void {
  options.onEvent?.({ kind: 'warning', message });
}
