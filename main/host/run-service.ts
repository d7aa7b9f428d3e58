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
import type { Turn } from './scheduling/job.ts';
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

interface StartOptions extends RunOptions {
  /** A folder in which TensorBoard finds the run while it trains. */
  readonly tensorboard?: string | undefined;
}

interface ResumeOptions extends RunOptions {
  readonly from?: GoBackChoice | undefined;
}

export interface RunServiceOptions {
  /** So many runs are trained at the same time. */
  readonly maxParallel?: number;
}

type Attempt = Pick<TrainRequest, 'spec' | 'fromCheckpoint' | 'isResumed'>;

/** Trains runs in processes of this host, for as long as it lives. */
export class RunService {
  readonly #parts: HostParts;
  readonly #scheduler: Scheduler;

  constructor(parts: HostParts, { maxParallel = 1 }: RunServiceOptions = {}) {
    this.#parts = parts;
    // Trainers choose their device themselves: whoever types a command has the machine to himself.
    const places = Array.from({ length: maxParallel }, (_, i) => ({
      name: `${i}`,
      device: undefined,
    }));
    this.#scheduler = new Scheduler({
      findPlaces: () => Promise.resolve(places),
      onError: (error) => {
        throw error;
      },
    });
  }

  /** Resolves with the record when the run is `finished`, or `interrupted` because it was stopped. */
  async start(given: RunSpec, options: StartOptions = {}): Promise<RunRecord> {
    const { library, codeVersion, env } = this.#parts;
    const asked = RunSpec.parse(given);
    if (options.tensorboard !== undefined) requireWritable(options.tensorboard);
    await checkDevices(asked.devices, env, options.stop);
    const current = {
      ...asked,
      data: await withCurrentDecisions(library, currentData(library, asked.data)),
    };
    const data = await this.#outline(current, options);
    const spec = { ...current, data: settledData(current.data, data) };
    const { totalSteps } = checkSpec(spec, data);
    await checkStartingWeights(library, spec, data);
    const run = library.transaction(() => {
      rememberDataset(library, data);
      return library.runs.create(newRun(spec, { data, codeVersion, totalSteps }));
    });
    if (options.tensorboard !== undefined) {
      followWithTensorboard(library, run.id, options.tensorboard);
    }
    options.onEvent?.({ kind: 'created', run });
    const note = warmupNote(spec.recipe.schedule, totalSteps);
    if (note !== undefined) warn(options, note);
    for (const { text } of data.notes) options.onEvent?.({ kind: 'data-note', message: text });
    return await this.#train(run, { spec, fromCheckpoint: false, isResumed: false }, options);
  }

  /**
   * Goes on from the last checkpoint, or from the beginning if there never was one. `from`: goes back to
   * another one first, which loses what came after it.
   */
  async resume(reference: string, options: ResumeOptions = {}): Promise<RunRecord> {
    const { library, codeVersion, env } = this.#parts;
    let run = library.runs.get(reference);
    const { spec } = checkResumable(run, library.runFolder(run.id), options.from);
    await checkDevices(spec.devices, env, options.stop);
    checkSameData(run, await this.#outline(spec, options));
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
    if (run.codeVersion !== codeVersion) {
      warn(
        options,
        `The run was begun by version ${run.codeVersion}; this is ${codeVersion}, so its numbers may differ from an uninterrupted run.`,
      );
    }
    return await this.#train(run, { spec, fromCheckpoint, isResumed: true }, options);
  }

  /** Asks a run of this host to checkpoint and stop; its `start` or `resume` then resolves. */
  stop(id: string): void {
    throwIfSingle(1, this.#scheduler.stop([id]));
  }

  /** Ends a run of this host at once. */
  abandon(id: string): void {
    throwIfSingle(1, this.#scheduler.cancel([id]));
  }

  /** Runs the trainer for a record that exists, and writes down how it ended. */
  async #train(run: RunRecord, attempt: Attempt, options: RunOptions): Promise<RunRecord> {
    const { library } = this.#parts;
    const { id } = run;
    if (this.#scheduler.has(id)) throw alreadyActive(id);
    const progress = { hasBegun: false };
    const trained = this.#scheduler.submit({
      id,
      kind: 'training',
      name: id,
      work: (turn) => {
        progress.hasBegun = true;
        return this.#trainInTurn(run, attempt, { turn, onEvent: options.onEvent });
      },
    });
    follow(options.stop, () => this.#ask('stop', id));
    follow(options.abandon, () => this.#ask('cancel', id));
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
  }

  async #trainInTurn(
    run: RunRecord,
    attempt: Attempt,
    { turn, onEvent = () => undefined }: { readonly turn: Turn } & Pick<RunOptions, 'onEvent'>,
  ): Promise<RunRecord> {
    const { library } = this.#parts;
    const wishes = followRunWishes(library, run.id, (wish) => this.#ask(wish, run.id));
    try {
      return await trainRun(this.#parts, {
        run,
        ...attempt,
        onEvent,
        stop: turn.stop,
        abandon: turn.abandon,
        settle: (changes) => {
          const isPaused = changes.status === 'interrupted' && turn.state() === 'pausing';
          return library.runs.update(run.id, isPaused ? { ...changes, status: 'paused' } : changes);
        },
      });
    } finally {
      wishes.close();
    }
  }

  /** Of a run that has ended meanwhile nothing more is asked. */
  #ask(wish: QueueWish, id: string): void {
    if (this.#scheduler.has(id)) this.#scheduler[wish]([id]);
  }

  #outline(spec: RunSpec, options: RunOptions): Promise<DatasetOutline> {
    return outlineData(spec.data, {
      cacheFolder: this.#parts.library.cacheFolder,
      onEvent: options.onEvent,
      signal: options.stop,
    });
  }
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
