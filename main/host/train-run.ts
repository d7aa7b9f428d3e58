// One training of a run that is in the library: claims it, starts its trainer, records what it says
// and how it ended. Knows no order of runs; the run service and the queue decide when it is called.
import path from 'node:path';
import { AppError, messageOf, toErrorDocument } from '../../shared/errors.ts';
import type { RunSpec } from '../../shared/spec/run.ts';
import type { TrainerDevice } from '../runtime/load-environment.ts';
import type { RunChanges, RunRecord } from '../store/run-record.ts';
import { precisionOfDevice } from './device-precision.ts';
import type { HostParts } from './host-parts.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { findPlaces, placeFor, requireDevices } from './scheduling/places.ts';
import { writeRunFile } from './run-file.ts';
import type { TrainingEvent } from './training-events.ts';
import { createRunRecording, describeEnvironment } from './run-recording.ts';
import { deviceFor, environmentFor, placeOf } from './trainer-settings.ts';
import { liveTensorboard } from './tensorboard/live-tensorboard.ts';
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
  const { library } = parts;
  const { run, spec, onEvent, stop, abandon } = request;
  const beside = liveTensorboard(library, run.id, (message) => {
    onEvent({ kind: 'warning', message });
  });
  const write = request.settle ?? ((changes) => library.runs.update(run.id, changes));
  const settle = (changes: RunChanges): RunRecord => {
    const ended = write(changes);
    beside.end(ended);
    keepRunFile();
    return ended;
  };
  // A disk that is full must not end a training for the sake of a copy.
  const keepRunFile = (): void => {
    try {
      writeRunFile(library, run.id);
    } catch (error) {
      onEvent({ kind: 'warning', message: `run.json could not be written: ${messageOf(error)}` });
    }
  };
  const recording = createRunRecording({
    library,
    runId: run.id,
    dataFingerprint: run.dataFingerprint,
    recipe: spec.recipe,
    isResumed: request.isResumed,
    onEvent,
    onSaved: request.onSaved,
    beside,
  });
  // Outside the try: a run that another process trains must not be written to.
  library.runs.claim(run.id);
  try {
    const runtime = await parts.ensureRuntime({
      onProgress: ({ message, fraction }) => onEvent({ kind: 'preparing', message, fraction }),
      signal: AbortSignal.any([stop, abandon]),
    });
    const device = await deviceOfRun(parts, runtime, request);
    const environment = environmentFor(runtime, parts.env, device);
    const fastest =
      spec.recipe.precision === 'auto'
        ? await precisionOfDevice(runtime, device, environment)
        : undefined;
    library.runs.update(run.id, {
      codeVersion: parts.codeVersion,
      environment: {
        ...describeEnvironment(runtime, environment),
        ...(fastest === undefined ? {} : { fastestPrecision: fastest }),
      },
    });
    const result = await superviseTrainer({
      launcher: parts.launcher,
      runtime: placeOf(runtime),
      environment,
      job: 'train',
      input: {
        spec,
        runFolder: library.runFolder(run.id),
        cacheFolder: library.cacheFolder,
        resume: request.fromCheckpoint,
        ...(fastest === undefined ? {} : { fastest: fastest.precision }),
      },
      logFile: path.join(library.runFolder(run.id), 'trainer.log'),
      onLaunch: request.onLaunch,
      silence: silenceLimits(parts.env),
      onEvent: (event) => {
        recording.handle(event);
        if (event.kind === 'checkpoint') keepRunFile();
      },
      stop,
      abandon,
    });
    return settle(recording.resultChanges(result));
  } catch (error) {
    const changes = recording.progressChanges();
    if ((abandon.aborted || stop.aborted) && isAnswerToAsking(error)) {
      return settle({ ...changes, status: 'interrupted', error: null });
    }
    settle({ ...changes, status: 'failed', error: toErrorDocument(error) });
    throw ofRun(error, run.id);
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
