// Writes what a trainer says about one run into the library. Every event is one transaction, and
// is acknowledged only after it, so nothing reported as saved is ever lost.
import os from 'node:os';
import path from 'node:path';
import { epochsAfter } from '../../shared/spec/schedule.ts';
import type { LengthSpec, RecipeSpec } from '../../shared/spec/recipe.ts';
import { isBetter, scoreOf, type Monitor } from '../../shared/curves/best-evaluation.ts';
import { goesOn, stretchesOf } from '../../shared/contract/run-clock.ts';
import { failure } from '../../shared/errors.ts';
import type {
  CheckpointFacts,
  EvaluationFacts,
  SeriesPoints,
  TrainEvent,
  TrainResult,
} from '../../shared/contract/trainer.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { steeringVariables } from '../runtime/load-environment.ts';
import { writeMistakes } from './mistake-file.ts';
import { keepRunOutputs } from './run-outputs.ts';
import type { LiveTensorboard } from './tensorboard/live-tensorboard.ts';
import type { Library } from '../store/library.ts';
import type { RunChanges, RunMetrics, RunRecord } from '../store/run-record.ts';
import type { SeriesBatch } from '../store/series.ts';
import type { TrainingEvent, RunProgress } from './training-events.ts';
import type { Environment } from './trainer-launcher.ts';
import { TRAIN_LOSS, TrainingRecord, trainingMetrics } from './training-record.ts';

export type RecordedEvent = Exclude<TrainEvent, { kind: 'alive' }>;

export interface RecordingOptions {
  readonly library: Library;
  readonly runId: string;
  readonly dataFingerprint: string;
  readonly recipe: Pick<RecipeSpec, 'batch' | 'length' | 'checkpoints'>;
  /** Series are cut to the checkpoint before they go on. */
  readonly isResumed: boolean;
  readonly onEvent: (event: TrainingEvent) => void;
  /** Points are in the library up to this step. */
  readonly onSaved?: ((step: number) => void) | undefined;
  /** Told what is in the library, for files that grow beside it. */
  readonly beside?: LiveTensorboard;
}

export class RunRecording {
  readonly #options: RecordingOptions;
  #progress: RunProgress | undefined;
  /** Images of an epoch. */
  #examples = 0;
  #training: TrainingRecord | undefined;
  /** As far as the library has points of the run. */
  #reached: RunChanges = {};

  constructor(options: RecordingOptions) {
    this.#options = options;
  }

  handle(event: RecordedEvent): void {
    const { onEvent } = this.#options;
    switch (event.kind) {
      case 'preparing':
        onEvent(event);
        return;
      case 'data':
        this.#recordData(event);
        return;
      case 'prepared':
        this.#recordBeginning(event);
        return;
      case 'points':
        this.#recordPoints(event.series);
        return;
      case 'progress': {
        const { loss = Number.NaN, accuracy = Number.NaN } = this.#training?.final() ?? {};
        this.#progress = { ...event, loss, accuracy };
        onEvent(this.#progress);
        return;
      }
      case 'evaluation':
        this.#recordEvaluation(event);
        return;
      case 'checkpoint':
        this.#change(({ checkpoints }) => ({
          checkpoints: { ...checkpoints, ...toCheckpoint(event.facts) },
        }));
        onEvent(event);
        return;
      case 'kept':
        this.#change(({ checkpoints }) => ({
          checkpoints: { ...checkpoints, kept: event.checkpoints.map((facts) => ({ ...facts })) },
        }));
        return;
      case 'mistakes':
        this.#keepMistakes(event);
        return;
    }
  }

  /** What to write when the trainer has not ended well. */
  progressChanges(): RunChanges {
    const speed = this.#progress === undefined ? {} : this.#withMetrics(this.#speed());
    return { ...this.#reached, ...speed };
  }

  /** What to write when it has. */
  resultChanges(result: TrainResult): RunChanges {
    return {
      ...this.#reached,
      ...this.#withMetrics({
        ...this.#speed(),
        peakMemoryBytes: result.peakMemoryBytes,
        ...(result.stoppedEarly ? { stoppedEarly: 1 } : {}),
      }),
      status: result.outcome === 'finished' ? 'finished' : 'interrupted',
      step: result.step,
      elapsedMs: result.elapsedMs,
      error: null,
    };
  }

  #recordData(event: EventOf<'data'>): void {
    const { dataFingerprint: expected, onEvent } = this.#options;
    const { fingerprint: found, counts } = event.facts;
    if (found !== expected) {
      throw failure(
        'data-changed',
        'The dataset changed while the run was starting. Wait until nothing writes to it and start again.',
        { details: { expected, found } },
      );
    }
    this.#examples = counts.train;
    this.#change((run) => addToEnvironment(run, { data: event.facts }));
    onEvent(event);
  }

  #recordBeginning(event: EventOf<'prepared'>): void {
    const { library, runId, recipe, isResumed, beside, onEvent } = this.#options;
    const { firstStep, totalSteps, parameters, elapsedMs = 0 } = event.facts;
    const { stepsPerEpoch, epochs } = event.facts;
    const training = new TrainingRecord({ batch: recipe.batch, examples: this.#examples });
    this.#training = training;
    this.#change((run) => {
      // What came after the checkpoint's last step comes again.
      if (isResumed) library.series.truncateAfter(runId, firstStep);
      library.series.append(runId, training.takeUp(library, runId));
      // A run of a version that kept no stretches has what lies behind it before this one.
      const stretches = elapsedMs > 0 ? stretchesOf(run) : [];
      return {
        ...addToEnvironment(run, { prepared: event.facts }),
        stretches: goesOn(stretches, { elapsedMs, startedAtMs: Date.now() }),
        metrics: {
          ...trainingMetrics(run.metrics, training.final()),
          ...{ parameters, stepsPerEpoch },
          ...(epochs === undefined ? {} : { plannedEpochs: epochs }),
        },
        step: firstStep,
        totalSteps,
      };
    });
    beside?.begin();
    onEvent(event);
  }

  #recordPoints(series: readonly SeriesPoints[]): void {
    const { library, runId, recipe, beside, onSaved, onEvent } = this.#options;
    const { length, batch } = recipe;
    const added = this.#training?.add(series);
    this.#reached = reachedBy(series, { length, batch, examples: this.#examples }) ?? this.#reached;
    const batches = [...series.map(toBatch), ...(added?.points ?? [])];
    const { step } = this.#change(({ metrics }) => {
      library.series.append(runId, batches);
      return { ...this.#reached, metrics: trainingMetrics(metrics, this.#training?.final()) };
    });
    beside?.add(batches);
    onSaved?.(step);
    for (const means of added?.ended ?? []) onEvent({ kind: 'epoch', means });
  }

  #recordEvaluation(event: EventOf<'evaluation'>): void {
    const { monitor } = this.#options.recipe.checkpoints;
    this.#change(({ metrics: known }) => ({
      metrics: { ...known, ...evaluationMetrics(event.facts, { known, monitor }) },
    }));
    this.#options.onEvent({ ...event, begun: this.#training?.begun() });
  }

  #keepMistakes({ facts, outputs }: EventOf<'mistakes'>): void {
    const { library, runId } = this.#options;
    const run = library.runs.get(runId);
    writeMistakes(library, run, facts);
    if (outputs !== undefined) keepRunOutputs(library, run, outputs);
  }

  /** In one transaction with what `changesOf` itself writes. */
  #change(changesOf: (run: RunRecord) => RunChanges): RunRecord {
    const { library, runId } = this.#options;
    return library.transaction(() =>
      library.runs.update(runId, changesOf(library.runs.get(runId))),
    );
  }

  #speed(): Record<string, number> {
    if (this.#progress === undefined) return {};
    return { imagesPerSecond: this.#progress.imagesPerSecond };
  }

  #withMetrics(metrics: Readonly<Record<string, number>>): RunChanges {
    const { library, runId } = this.#options;
    return { metrics: { ...library.runs.get(runId).metrics, ...metrics } };
  }
}

type EventOf<K extends RecordedEvent['kind']> = Extract<RecordedEvent, { kind: K }>;

function addToEnvironment(
  { environment }: RunRecord,
  facts: Readonly<Record<string, unknown>>,
): RunChanges {
  return { environment: { ...asObject(environment), ...facts } };
}

/** Of the machine and the library that a run uses; JSON-safe. */
export function describeEnvironment(
  runtime: Runtime,
  trainerEnv: Environment,
): Readonly<Record<string, unknown>> {
  const { tensorflowVersion, device, origin } = runtime;
  return {
    runtime: { tensorflow: tensorflowVersion, device, origin },
    variables: steeringVariables(trainerEnv),
    machine: {
      host: os.hostname(),
      platform: `${os.platform()} ${os.release()} ${os.arch()}`,
      cpu: os.cpus()[0]?.model ?? 'unknown',
      cores: os.availableParallelism(),
      memoryBytes: os.totalmem(),
    },
  };
}

function reachedBy(
  series: readonly SeriesPoints[],
  { length, ...epoch }: { length: LengthSpec; batch: number; examples: number },
): RunChanges | undefined {
  const points = series.find(({ name }) => name === TRAIN_LOSS);
  const step = points?.steps.at(-1);
  if (step === undefined) return undefined;
  return {
    step,
    epoch: epochsAfter(step, length, epoch),
    elapsedMs: points?.elapsedMs.at(-1) ?? 0,
  };
}

/**
 * The best is what the trainer keeps as the best checkpoint. An autoencoder has the loss's terms where a
 * classifier has its accuracy.
 */
function evaluationMetrics(
  facts: EvaluationFacts,
  { known, monitor }: { readonly known: RunMetrics; readonly monitor: Monitor },
): RunMetrics {
  const { split, step } = facts;
  const { accuracy, loss } = scoreOf(facts);
  const named = (prefix: string): RunMetrics => ({
    [`${prefix}Loss`]: loss,
    ...('elbo' in facts
      ? {
          [`${prefix}Reconstruction`]: facts.elbo.reconstruction,
          [`${prefix}Divergence`]: facts.elbo.divergence,
        }
      : { [`${prefix}Accuracy`]: facts.accuracy }),
  });
  if (split !== 'val') return named(split);
  const last = named('lastVal');
  const best =
    known['bestStep'] === undefined
      ? undefined
      : {
          accuracy: known['bestValAccuracy'] ?? Number.NaN,
          loss: known['bestValLoss'] ?? Number.NaN,
        };
  if (!isBetter(monitor, { accuracy, loss }, best)) return last;
  return { ...last, ...named('bestVal'), bestStep: step };
}

function toCheckpoint({ role, step, file, sizeBytes, sha256 }: CheckpointFacts) {
  return { [role]: { step, file: path.basename(file), sizeBytes, sha256 } };
}

function toBatch({ name, unit, labels, steps, elapsedMs, values }: SeriesPoints): SeriesBatch {
  return {
    name,
    unit,
    steps: Int32Array.from(steps),
    elapsedMs: Float64Array.from(elapsedMs),
    values,
    ...(labels === undefined ? {} : { labels }),
  };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
