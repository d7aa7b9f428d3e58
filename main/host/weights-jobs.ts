// One-off jobs on trained weights, of a run or of any weight file: evaluate a split, classify images,
// compute logits. Nothing is recorded in the library.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { calibrationOf, type Calibration } from '../../shared/calibration/calibration.ts';
import { inputError } from '../../shared/errors.ts';
import type { Explained } from '../../shared/contract/explanations.ts';
import type {
  AugmentJob,
  EvaluateJob,
  EvaluationFacts,
  ExplainJob,
  ExportFacts,
  ExportJob,
  PredictJob,
  PredictResult,
  ProbeJob,
  ProbeResult,
  TrainerContract,
  WeightsFrom,
} from '../../shared/contract/trainer.ts';
import type { GivenInput, Output } from '../../shared/rpc/contract-types.ts';
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import type { TrainerDevice } from '../runtime/load-environment.ts';
import { readSplitOutputs } from '../data/split-outputs.ts';
import type { Library } from '../store/library.ts';
import type { RunRecord } from '../store/run-record.ts';
import { noSuchCheckpoint, type CheckpointChoice } from './checkpoint-choice.ts';
import type { HostParts, Preparing } from './host-parts.ts';
import { requireClassifier } from './run-family.ts';
import { environmentFor, placeOf } from './trainer-settings.ts';
import { silenceLimits } from './trainer-watch.ts';
import { superviseTrainer } from './trainer-supervisor.ts';
import { userPath } from './user-path.ts';

export interface JobOptions {
  readonly onEvent?: ((event: Preparing) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Undefined: the first that the environment allows. */
  readonly device?: TrainerDevice | undefined;
}

/**
 * The weights of a run. Without a choice its best checkpoint, else its last.
 * @throws inputError `no-checkpoint`
 */
export function weightsOfRun(
  library: Library,
  reference: string,
  choice?: CheckpointChoice,
): { readonly runId: string; readonly weights: WeightsFrom; readonly step: number } {
  const run = library.runs.get(reference);
  const checkpoint = chosenCheckpoint(run, choice);
  if (checkpoint === undefined) throw noSuchCheckpoint(run, choice ?? 'last');
  const { file, sha256, step } = checkpoint;
  const weights = weightsOfFile(path.join(library.runFolder(run.id), file));
  return { runId: run.id, weights: { ...weights, sha256 }, step };
}

/**
 * As `weightsOfRun`, of a network that names classes: nobody has to wait for a trainer to be told.
 * @param what what needs it, as a subject: `An export`
 * @throws inputError `not-a-classifier`, `no-checkpoint`
 */
export function classifierOfRun(
  library: Library,
  reference: string,
  { what, choice }: { readonly what: string; readonly choice?: CheckpointChoice | undefined },
): ReturnType<typeof weightsOfRun> {
  requireClassifier(library.runs.get(reference), what);
  return weightsOfRun(library, reference, choice);
}

function chosenCheckpoint({ checkpoints }: RunRecord, choice: CheckpointChoice | undefined) {
  const { best, last, kept = [] } = checkpoints;
  if (choice === undefined) return best ?? last;
  if (choice === 'last') return last;
  if (choice === 'best') return best;
  return [...kept, best, last].find((checkpoint) => checkpoint?.step === choice);
}

/** @throws inputError `not-found` */
export function weightsOfFile(file: string, architecture?: ArchitectureSpec): WeightsFrom {
  const absolute = userPath(file);
  if (!fs.existsSync(absolute)) {
    throw inputError('not-found', `There is no weight file ${absolute}; check the path.`, {
      path: absolute,
    });
  }
  return { file: absolute, ...(architecture === undefined ? {} : { architecture }) };
}

export type EvaluateRequest = Omit<EvaluateJob, 'cacheFolder'>;

export async function evaluate(
  parts: HostParts,
  request: EvaluateRequest,
  options: JobOptions = {},
): Promise<EvaluationFacts> {
  const { cacheFolder } = parts.library;
  const { evaluation } = await runJob(parts, 'evaluate', { ...request, cacheFolder }, options);
  return evaluation;
}

/** As `evaluate`, with how far the confidence can be trusted. @throws inputError `no-finite-logits` */
export async function evaluateCalibrated(
  parts: HostParts,
  request: EvaluateRequest,
  options: JobOptions = {},
): Promise<{ readonly facts: EvaluationFacts; readonly calibration: Calibration }> {
  const folder = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'resnet-lab-outputs-'));
  try {
    const outputs = path.join(folder, 'outputs.safetensors');
    const facts = await evaluate(parts, { ...request, outputs }, options);
    const calibration = calibrationOf(await readSplitOutputs(outputs));
    if (calibration !== undefined) return { facts, calibration };
  } finally {
    await fs.promises.rm(folder, { recursive: true, force: true });
  }
  throw inputError(
    'no-finite-logits',
    `No image gets finite logits from ${request.weights.file}, so there is no confidence to look at.`,
  );
}

/** Classes for images; of tensors how many, as their logits are in the file that was asked for. */
export function predict(
  parts: HostParts,
  request: PredictJob,
  options: JobOptions = {},
): Promise<PredictResult> {
  return runJob(parts, 'predict', request, options);
}

/** Why a network says what it says of an image. */
export function explain(
  parts: HostParts,
  request: ExplainJob,
  options: JobOptions = {},
): Promise<Explained> {
  return runJob(parts, 'explain', request, options);
}

/** Measures a network. */
export function probe(
  parts: HostParts,
  request: Omit<ProbeJob, 'cacheFolder'>,
  options: JobOptions = {},
): Promise<ProbeResult> {
  const { cacheFolder } = parts.library;
  return runJob(parts, 'probe', { ...request, cacheFolder }, options);
}

/** Writes a run's network in other programs' formats. */
export function writeFormats(
  parts: HostParts,
  request: Omit<ExportJob, 'cacheFolder'>,
  options: JobOptions = {},
): Promise<ExportFacts> {
  const { cacheFolder } = parts.library;
  return runJob(parts, 'export', { ...request, cacheFolder }, options);
}

/** Writes a picture of augmented training images. */
export async function writeAugmentedSheet(
  parts: HostParts,
  request: Omit<AugmentJob, 'cacheFolder'>,
  options: JobOptions = {},
): Promise<void> {
  const { cacheFolder } = parts.library;
  await runJob(parts, 'augment', { cacheFolder, ...request }, options);
}

async function runJob<
  N extends 'evaluate' | 'predict' | 'explain' | 'probe' | 'export' | 'augment',
>(
  parts: HostParts,
  job: N,
  input: GivenInput<TrainerContract[N]>['job'],
  { onEvent = () => undefined, signal, device }: JobOptions,
): Promise<Output<TrainerContract[N]>> {
  const runtime = await parts.ensureRuntime({
    onProgress: ({ message, fraction }) => onEvent({ kind: 'preparing', message, fraction }),
    signal,
  });
  return await superviseTrainer<N>({
    launcher: parts.launcher,
    runtime: placeOf(runtime),
    environment: environmentFor(runtime, parts.env, device),
    job,
    input,
    silence: silenceLimits(parts.env),
    onEvent,
    abandon: signal,
  });
}
