// Checkpoints of a run: all that a later process needs to go on as if nothing had happened. Random
// state and data order are functions of seed and step, so the step number stands for both.
import { join } from 'node:path';
import { failure } from '../../shared/errors.ts';
import {
  parseCheckpointState,
  STATE_KEY,
  type CheckpointState,
} from '../../shared/contract/checkpoint-state.ts';
import type { CheckpointFacts } from '../../shared/contract/trainer.ts';
import type { Network } from '../engine/network/network.ts';
import type { Normalization } from '../engine/ops/input.ts';
import {
  readCheckpointFile,
  readMeanImage,
  writeWeightFile,
  type LoadedCheckpoint,
  type WrittenFile,
} from './weight-file.ts';

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
  return { format: 'pt', [STATE_KEY]: JSON.stringify(state) };
}

/** Reads a checkpoint of this network. */
export async function readCheckpoint(
  file: string,
  { weights, companions }: Pick<Network, 'weights' | 'companions'>,
): Promise<LoadedCheckpoint & { state: CheckpointState }> {
  const loaded = await readCheckpointFile(file, weights, companions);
  return { ...loaded, state: parseCheckpointState(file, loaded.metadata) };
}
