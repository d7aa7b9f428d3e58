// One-off jobs on trained weights, of a run or of any weight file: evaluate a split, classify images,
// compute logits. Nothing is recorded in the library.
import fs from 'node:fs';
import path from 'node:path';
import { failure, inputError } from '../../shared/errors.ts';
import type {
  AugmentJob,
  EvaluateJob,
  EvaluationFacts,
  ExportFacts,
  ExportJob,
  Job,
  MistakeFacts,
  PredictJob,
  ProbeJob,
  WeightsFrom,
} from '../../shared/contract/trainer.ts';
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import type { TrainerDevice } from '../runtime/load-environment.ts';
import type { Library } from '../store/library.ts';
import type { RunRecord } from '../store/run-record.ts';
import { noSuchCheckpoint, type CheckpointChoice } from './checkpoint-choice.ts';
import type { HostParts, Preparing } from './host-parts.ts';
import { environmentFor, placeOf } from './trainer-settings.ts';
import { silenceLimits } from './trainer-watch.ts';
import { superviseTrainer, type JobResult, type TrainerMessage } from './trainer-supervisor.ts';
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

export type EvaluateRequest = Omit<EvaluateJob, 'kind' | 'cacheFolder'>;

export async function evaluate(
  parts: HostParts,
  request: EvaluateRequest,
  options: JobOptions = {},
): Promise<EvaluationFacts> {
  let facts: EvaluationFacts | undefined;
  const job: EvaluateJob = {
    kind: 'evaluate',
    cacheFolder: parts.library.cacheFolder,
    ...request,
  };
  await runJob(parts, job, options, (message) => {
    if (message.kind === 'evaluation') facts = message.facts;
  });
  if (facts === undefined) throw noAnswer('evaluation');
  return facts;
}

/** What the weights get wrong on a split, worst first. */
export async function collectMistakes(
  parts: HostParts,
  request: Omit<EvaluateRequest, 'collect'>,
  options: JobOptions = {},
): Promise<MistakeFacts> {
  let facts: MistakeFacts | undefined;
  const job: EvaluateJob = {
    kind: 'evaluate',
    cacheFolder: parts.library.cacheFolder,
    ...request,
    collect: 'mistakes',
  };
  await runJob(parts, job, options, (message) => {
    if (message.kind === 'mistakes') facts = message.facts;
  });
  if (facts === undefined) throw noAnswer('list of mistakes');
  return facts;
}

export type Predicted = Extract<TrainerMessage, { kind: 'predictions' | 'logits' }>;

/** Classes of images; of a tensor how many rows, whose logits are in the file that was asked for. */
export async function predict(
  parts: HostParts,
  request: Omit<PredictJob, 'kind'>,
  options: JobOptions = {},
): Promise<Predicted> {
  let predicted: Predicted | undefined;
  await runJob(parts, { kind: 'predict', ...request }, options, (message) => {
    if (message.kind === 'predictions' || message.kind === 'logits') predicted = message;
  });
  if (predicted === undefined) throw noAnswer('prediction');
  return predicted;
}

export type Probed = Pick<
  Extract<TrainerMessage, { kind: 'probed' }>,
  'values' | 'dataFingerprint'
>;

/** Measures a network. */
export async function probe(
  parts: HostParts,
  request: Omit<ProbeJob, 'kind' | 'cacheFolder'>,
  options: JobOptions = {},
): Promise<Probed> {
  let probed: Probed | undefined;
  const job: ProbeJob = { kind: 'probe', cacheFolder: parts.library.cacheFolder, ...request };
  await runJob(parts, job, options, (message) => {
    if (message.kind === 'probed') probed = message;
  });
  if (probed === undefined) throw noAnswer('measurement');
  return probed;
}

/** Writes a run's network in other programs' formats. */
export async function writeFormats(
  parts: HostParts,
  request: Omit<ExportJob, 'kind' | 'cacheFolder'>,
  options: JobOptions = {},
): Promise<ExportFacts> {
  let facts: ExportFacts | undefined;
  const { cacheFolder } = parts.library;
  await runJob(parts, { kind: 'export', cacheFolder, ...request }, options, (message) => {
    if (message.kind === 'exported') facts = message.facts;
  });
  if (facts === undefined) throw noAnswer('list of files');
  return facts;
}

/** Writes a picture of augmented training images. */
export async function writeAugmentedSheet(
  parts: HostParts,
  request: Omit<AugmentJob, 'kind' | 'cacheFolder'>,
  options: JobOptions = {},
): Promise<void> {
  const { cacheFolder } = parts.library;
  await runJob(parts, { kind: 'augment', cacheFolder, ...request }, options, () => undefined);
}

async function runJob(
  parts: HostParts,
  job: Job,
  { onEvent = () => undefined, signal, device }: JobOptions,
  onMessage: (message: TrainerMessage) => void,
): Promise<JobResult> {
  const runtime = await parts.ensureRuntime({
    onProgress: ({ message, fraction }) => onEvent({ kind: 'preparing', message, fraction }),
    signal,
  });
  return await superviseTrainer({
    launcher: parts.launcher,
    runtime: placeOf(runtime),
    environment: environmentFor(runtime, parts.env, device),
    job,
    silence: silenceLimits(parts.env),
    onMessage: (message) => {
      if (message.kind === 'preparing') onEvent(message);
      else onMessage(message);
    },
    abandon: signal,
  });
}

function noAnswer(what: string): Error {
  return failure('trainer-message', `The trainer ended without its ${what}. Please report this.`);
}
