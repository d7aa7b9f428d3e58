// One training of a run that is in the library: claims it, starts its trainer, records what it says
// and how it ended. Knows no order of runs; the run service and the queue decide when it is called.
import path from 'node:path';
import { AppError, messageOf, toErrorDocument } from '../../shared/errors.ts';
import type { TrainResult } from '../../shared/contract/trainer.ts';
import type { RunSpec } from '../../shared/spec/run.ts';
import type { TrainerDevice } from '../runtime/load-environment.ts';
import type { RunChanges, RunRecord } from '../store/run-record.ts';
import { precisionOfDevice } from './device-precision.ts';
import type { HostParts } from './host-parts.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { findPlaces, placeFor, requireDevices } from './scheduling/places.ts';
import { writeRunFile } from './run-file.ts';
import type { TrainingEvent } from './training-events.ts';
import { describeEnvironment, RunRecording } from './run-recording.ts';
import { deviceFor, environmentFor, placeOf } from './trainer-settings.ts';
import { liveTensorboard, type LiveTensorboard } from './tensorboard/live-tensorboard.ts';
import { silenceLimits } from './trainer-watch.ts';
import { superviseTrainer, type TrainerOptions } from './trainer-supervisor.ts';

export interface TrainRequest {
  readonly run: RunRecord;
  readonly spec: RunSpec;
  /** Go on from the run's last checkpoint. */
  readonly fromCheckpoint: boolean;
  /** It has trained before, so its series may reach beyond the checkpoint. */
  readonly isResumed: boolean;
  /** Undefined: the first that the environment allows. */
  readonly device?: TrainerDevice | undefined;
  readonly onEvent: (event: TrainingEvent) => void;
  /** Checkpoint and end. */
  readonly stop: AbortSignal;
  /** End at once. */
  readonly abandon: AbortSignal;
  /** Points are in the library up to this step. */
  readonly onSaved?: (step: number) => void;
  readonly onLaunch?: TrainerOptions['onLaunch'];
  /** Writes how the run ended; by default to the library and nothing else. */
  readonly settle?: (changes: RunChanges) => RunRecord;
}

/**
 * Resolves when the run is `finished`, or `interrupted` because that was asked for.
 * @throws what made the run fail, after it has been recorded as `failed`
 */
export async function trainRun(parts: HostParts, request: TrainRequest): Promise<RunRecord> {
  const { run, stop, abandon } = request;
  const training = new Training(parts, request);
  // Outside the try: a run that another process trains must not be written to.
  parts.library.runs.claim(run.id);
  try {
    return training.settle(training.recording.resultChanges(await training.carryOut()));
  } catch (error) {
    const changes = training.recording.progressChanges();
    if ((abandon.aborted || stop.aborted) && isAnswerToAsking(error)) {
      return training.settle({ ...changes, status: 'interrupted', error: null });
    }
    training.settle({ ...changes, status: 'failed', error: toErrorDocument(error) });
    throw ofRun(error, run.id);
  }
}

class Training {
  readonly recording: RunRecording;
  readonly #parts: HostParts;
  readonly #request: TrainRequest;
  readonly #tensorboard: LiveTensorboard;

  constructor(parts: HostParts, request: TrainRequest) {
    const { library } = parts;
    const { run, spec, isResumed, onEvent, onSaved } = request;
    this.#parts = parts;
    this.#request = request;
    this.#tensorboard = liveTensorboard(library, run.id, (message) => {
      onEvent({ kind: 'warning', message });
    });
    this.recording = new RunRecording({
      ...{ library, runId: run.id, dataFingerprint: run.dataFingerprint, recipe: spec.recipe },
      ...{ isResumed, onEvent, onSaved, beside: this.#tensorboard },
    });
  }

  /** From finding a runtime to the trainer's last word. */
  async carryOut(): Promise<TrainResult> {
    const { launcher, library, env } = this.#parts;
    const { run, spec, fromCheckpoint, onLaunch, stop, abandon } = this.#request;
    const runtime = await this.#ensureRuntime();
    const device = await deviceOfRun(this.#parts, runtime, this.#request);
    const environment = environmentFor(runtime, env, device);
    const fastest =
      spec.recipe.precision === 'auto'
        ? await precisionOfDevice(runtime, device, environment)
        : undefined;
    this.#recordEnvironment(describeEnvironment(runtime, environment), fastest);
    return await superviseTrainer({
      launcher,
      runtime: placeOf(runtime),
      environment,
      job: 'train',
      input: {
        spec,
        runFolder: library.runFolder(run.id),
        cacheFolder: library.cacheFolder,
        resume: fromCheckpoint,
        ...(fastest === undefined ? {} : { fastest: fastest.precision }),
      },
      logFile: path.join(library.runFolder(run.id), 'trainer.log'),
      onLaunch,
      silence: silenceLimits(env),
      onEvent: (event) => {
        this.recording.handle(event);
        if (event.kind === 'checkpoint') this.#keepRunFile();
      },
      stop,
      abandon,
    });
  }

  /** Writes how the run ended. */
  settle(changes: RunChanges): RunRecord {
    const { run, settle } = this.#request;
    const ended = settle?.(changes) ?? this.#parts.library.runs.update(run.id, changes);
    this.#tensorboard.end(ended);
    this.#keepRunFile();
    return ended;
  }

  #ensureRuntime(): Promise<Runtime> {
    const { onEvent, stop, abandon } = this.#request;
    return this.#parts.ensureRuntime({
      onProgress: ({ message, fraction }) => onEvent({ kind: 'preparing', message, fraction }),
      signal: AbortSignal.any([stop, abandon]),
    });
  }

  #recordEnvironment(
    environment: ReturnType<typeof describeEnvironment>,
    fastestPrecision: Awaited<ReturnType<typeof precisionOfDevice>> | undefined,
  ): void {
    const { library, codeVersion } = this.#parts;
    library.runs.update(this.#request.run.id, {
      codeVersion,
      environment: {
        ...environment,
        ...(fastestPrecision === undefined ? {} : { fastestPrecision }),
      },
    });
  }

  /** A disk that is full must not end a training for the sake of a copy. */
  #keepRunFile(): void {
    const { run, onEvent } = this.#request;
    try {
      writeRunFile(this.#parts.library, run.id);
    } catch (error) {
      onEvent({ kind: 'warning', message: `run.json could not be written: ${messageOf(error)}` });
    }
  }
}

/** What the run names is looked for even where a place was given: then one of them was not among the places. */
async function deviceOfRun(
  { env }: HostParts,
  runtime: Runtime,
  { spec, device }: TrainRequest,
): Promise<TrainerDevice> {
  if (spec.devices === undefined) return device ?? deviceFor(runtime, env);
  requireDevices(spec.devices, await findPlaces(runtime, env));
  const wanted = placeFor(spec.devices).device;
  return wanted ?? deviceFor(runtime, env);
}

/** A stop before the first step cancels whatever was going on; that is no failure of the run. */
export function isAnswerToAsking(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  if (error.code === 'trainer-died') return error.details['signal'] === 'SIGINT';
  return ['trainer-abandoned', 'cancelled', 'staging-stopped'].includes(error.code);
}

/** The same error with the run's id in its details. */
function ofRun(error: unknown, id: string): unknown {
  if (!(error instanceof AppError)) return error;
  const { fault, code, message, details, path: where } = error;
  return new AppError(fault, code, message, {
    details: { ...details, run: id },
    cause: error,
    ...(where === undefined ? {} : { path: where }),
  });
}
