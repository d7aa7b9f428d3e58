// Checkpoints of a run: all that a later process needs to go on as if nothing had happened. Random
// state and data order are functions of seed and step, so the step number stands for both.
import { z } from 'zod';
import { join } from 'node:path';
import { failure, inputError } from '../../shared/errors.ts';
import { RunSpec } from '../../shared/spec/run.ts';
import {
  KeptFacts,
  NormalizationFacts,
  type CheckpointFacts,
} from '../../shared/contract/trainer.ts';
import type { Network } from '../engine/network/network.ts';
import type { Normalization } from '../engine/ops/input.ts';
import {
  readCheckpointFile,
  readMeanImage,
  writeWeightFile,
  type LoadedCheckpoint,
  type WrittenFile,
} from './weight-file.ts';

const METADATA_KEY = 'resnet-lab';

/** What a checkpoint knows besides tensors. */
export const CheckpointState = z.object({
  format: z.literal(1),
  /** Steps done; the next one has this number. */
  step: z.int(),
  totalSteps: z.int(),
  elapsedMs: z.number(),
  /** The best evaluation so far; checkpoints of earlier versions do not know its loss. */
  best: z.object({ accuracy: z.number(), loss: z.number().nullish(), step: z.int() }).nullable(),
  /** What early stopping waits to be bettered, and for how many evaluations it has waited. */
  patience: z.object({ reference: z.number().nullable(), waited: z.int() }).optional(),
  /** Weights kept besides `last` and `best`. */
  kept: z.array(KeptFacts).default([]),
  /** Nothing is left to train: it stopped early, or reached its last step. */
  ended: z.boolean().default(false),
  spec: RunSpec,
  input: z.object({ height: z.int(), width: z.int(), channels: z.int() }),
  classes: z.array(z.string()),
  dataFingerprint: z.string(),
  normalization: NormalizationFacts,
});

export type CheckpointState = z.output<typeof CheckpointState>;

export type CheckpointRole = CheckpointFacts['role'];

export function checkpointFile(runFolder: string, role: CheckpointRole): string {
  return join(runFolder, `${role}.safetensors`);
}

/** `step-00001200.safetensors` */
export function keptFileName(step: number): string {
  return `step-${String(step).padStart(8, '0')}.safetensors`;
}

interface Content {
  readonly network: Network;
  readonly state: CheckpointState;
  /** Written beside the weights, which mean nothing without it. */
  readonly meanImage: Float32Array | undefined;
}

/**
 * `last` holds weights, optimizer slots and averages; `best` holds what was evaluated, averages where
 * there are any, and cannot be resumed.
 */
export async function writeCheckpoint(
  runFolder: string,
  role: CheckpointRole,
  content: Content,
): Promise<CheckpointFacts> {
  const file = checkpointFile(runFolder, role);
  const written =
    role === 'last' ? await writeAll(file, content) : await writeEvaluated(file, content);
  return { role, step: content.state.step, ...written };
}

async function writeAll(
  file: string,
  { network, state, meanImage }: Content,
): Promise<WrittenFile> {
  return await writeWeightFile(file, {
    weights: network.weights,
    values: network.readWeights(),
    companions: network.companions,
    slots: network.readSlots(),
    picture: pictureOf(state, meanImage),
    metadata: metadataOf(state),
  });
}

/** Weights as they are evaluated, and nothing to train on with. */
export async function writeEvaluated(
  file: string,
  { network, state, meanImage }: Content,
): Promise<WrittenFile> {
  return await writeWeightFile(file, {
    weights: network.weights,
    values: network.readEvaluated(),
    picture: pictureOf(state, meanImage),
    metadata: metadataOf(state),
  });
}

function pictureOf({ input }: CheckpointState, values: Float32Array | undefined) {
  return values === undefined ? undefined : { input, values };
}

/**
 * What the images of a checkpoint's training were normalized with.
 * @throws failure `damaged-checkpoint` if its mean image is missing
 */
export async function readNormalization(
  file: string,
  { input, normalization }: Pick<CheckpointState, 'input' | 'normalization'>,
): Promise<Normalization> {
  const { mean, deviation, meanImageSha256 } = normalization;
  if (meanImageSha256 === undefined) return { mean, deviation };
  const meanImage = await readMeanImage(file, input);
  if (meanImage !== undefined) return { mean, deviation, meanImage };
  throw failure(
    'damaged-checkpoint',
    `${file} says that a mean image was subtracted in training, but does not hold it; take the file as this app wrote it.`,
    { path: file },
  );
}

function metadataOf(state: CheckpointState): Record<string, string> {
  return { format: 'pt', [METADATA_KEY]: JSON.stringify(state) };
}

/** Reads a checkpoint of this network. */
export async function readCheckpoint(
  file: string,
  { weights, companions }: Pick<Network, 'weights' | 'companions'>,
): Promise<LoadedCheckpoint & { state: CheckpointState }> {
  const loaded = await readCheckpointFile(file, weights, companions);
  return { ...loaded, state: parseState(file, loaded.metadata) };
}

export function parseState(
  file: string,
  metadata: Readonly<Record<string, string>>,
): CheckpointState {
  const text = metadata[METADATA_KEY];
  if (text === undefined) {
    throw inputError(
      'not-a-checkpoint',
      `${file} holds weights but no training state, so a run cannot go on from it; start a new run with --weights instead.`,
      { path: file },
    );
  }
  return CheckpointState.parse(JSON.parse(text));
}
