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
import type { LiveTensorboard } from './tensorboard/live-tensorboard.ts';
import type { Library } from '../store/library.ts';
import type { RunChanges, RunMetrics } from '../store/run-record.ts';
import type { SeriesBatch } from '../store/series.ts';
import type { TrainingEvent, RunProgress } from './training-events.ts';
import type { Environment } from './trainer-launcher.ts';
import { TRAIN_LOSS, TrainingRecord, trainingMetrics } from './training-record.ts';

export type RecordedEvent = Exclude<TrainEvent, { kind: 'alive' }>;

export interface RunRecording {
  handle(event: RecordedEvent): void;
  /** What to write when the trainer has ended well. */
  resultChanges(result: TrainResult): RunChanges;
  /** What to write when it has not. */
  progressChanges(): RunChanges;
}

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

export function createRunRecording(options: RecordingOptions): RunRecording {
  const { library, runId, onEvent } = options;
  let progress: RunProgress | undefined;
  const { batch, length } = options.recipe;
  const { monitor } = options.recipe.checkpoints;
  let examples = 0;
  let training: TrainingRecord | undefined;

  /** As far as the library has points of the run. */
  let reached: RunChanges = {};
  const withMetrics = (metrics: Readonly<Record<string, number>>): RunChanges => ({
    metrics: { ...library.runs.get(runId).metrics, ...metrics },
  });
  const addToEnvironment = (facts: Readonly<Record<string, unknown>>): RunChanges => ({
    environment: { ...asObject(library.runs.get(runId).environment), ...facts },
  });

  const handle: RunRecording['handle'] = (message) => {
    switch (message.kind) {
      case 'preparing':
        onEvent(message);
        return;
      case 'data': {
        const { facts } = message;
        if (facts.fingerprint !== options.dataFingerprint) {
          throw failure(
            'data-changed',
            'The dataset changed while the run was starting. Wait until nothing writes to it and start again.',
            { details: { expected: options.dataFingerprint, found: facts.fingerprint } },
          );
        }
        examples = facts.counts.train;
        library.transaction(() => library.runs.update(runId, addToEnvironment({ data: facts })));
        onEvent(message);
        return;
      }
      case 'prepared': {
        const { firstStep, totalSteps, parameters, elapsedMs = 0 } = message.facts;
        const { stepsPerEpoch, epochs } = message.facts;
        const planned = epochs === undefined ? {} : { plannedEpochs: epochs };
        const next = { elapsedMs, startedAtMs: Date.now() };
        const record = new TrainingRecord({ batch, examples });
        training = record;
        library.transaction(() => {
          // What came after the checkpoint's last step comes again.
          if (options.isResumed) library.series.truncateAfter(runId, firstStep);
          library.series.append(runId, record.takeUp(library, runId));
          const run = library.runs.get(runId);
          // What a run of before stretches were kept has behind it lies before this one.
          const stretches = elapsedMs > 0 ? stretchesOf(run) : [];
          library.runs.update(runId, {
            ...addToEnvironment({ prepared: message.facts }),
            stretches: goesOn(stretches, next),
            metrics: {
              ...trainingMetrics(run.metrics, record.final()),
              parameters,
              stepsPerEpoch,
              ...planned,
            },
            step: firstStep,
            totalSteps,
          });
        });
        options.beside?.begin();
        onEvent(message);
        return;
      }
      case 'points': {
        const added = training?.add(message.series);
        reached = reachedBy(message.series, { length, batch, examples }) ?? reached;
        const batches = [...message.series.map(toBatch), ...(added?.points ?? [])];
        const { step } = library.transaction(() => {
          library.series.append(runId, batches);
          const { metrics } = library.runs.get(runId);
          return library.runs.update(runId, {
            ...reached,
            metrics: trainingMetrics(metrics, training?.final()),
          });
        });
        options.beside?.add(batches);
        options.onSaved?.(step);
        for (const means of added?.ended ?? []) onEvent({ kind: 'epoch', means });
        return;
      }
      case 'progress': {
        const { loss = Number.NaN, accuracy = Number.NaN } = training?.final() ?? {};
        progress = { ...message, loss, accuracy };
        onEvent(progress);
        return;
      }
      case 'evaluation':
        library.transaction(() => {
          const known = library.runs.get(runId).metrics;
          library.runs.update(runId, {
            metrics: { ...known, ...evaluationMetrics(message.facts, { known, monitor }) },
          });
        });
        onEvent({ ...message, begun: training?.begun() });
        return;
      case 'checkpoint':
        library.transaction(() => {
          const { checkpoints } = library.runs.get(runId);
          library.runs.update(runId, {
            checkpoints: { ...checkpoints, ...toCheckpoint(message.facts) },
          });
        });
        onEvent(message);
        return;
      case 'kept':
        library.transaction(() => {
          const { checkpoints } = library.runs.get(runId);
          const kept = message.checkpoints.map((facts) => ({ ...facts }));
          library.runs.update(runId, { checkpoints: { ...checkpoints, kept } });
        });
        return;
      case 'mistakes':
        writeMistakes(library, library.runs.get(runId), message.facts);
        return;
    }
  };

  return {
    handle,
    progressChanges: () => ({
      ...reached,
      ...(progress === undefined ? {} : withMetrics({ imagesPerSecond: progress.imagesPerSecond })),
    }),
    resultChanges: (result) => ({
      ...reached,
      ...withMetrics({
        ...(progress === undefined ? {} : { imagesPerSecond: progress.imagesPerSecond }),
        peakMemoryBytes: result.peakMemoryBytes,
        ...(result.stoppedEarly ? { stoppedEarly: 1 } : {}),
      }),
      status: result.outcome === 'finished' ? 'finished' : 'interrupted',
      step: result.step,
      elapsedMs: result.elapsedMs,
      error: null,
    }),
  };
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
