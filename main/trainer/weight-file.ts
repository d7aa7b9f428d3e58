// Weight files: safetensors with PyTorch's names and layouts, so that weights go both ways between
// this app and PyTorch. A checkpoint is such a file with optimizer slots and metadata added.
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failure, hasErrorCode, inputError, messageOf } from '../../shared/errors.ts';
import { floatPart, type TensorPart } from '../../shared/safetensors.ts';
import { readFloats } from '../../shared/tensor-values.ts';
import { openIntact, sealedTensorFile } from '../data/sealed-tensor-file.ts';
import type { TensorFile } from '../data/tensor-file.ts';
import { fromFileLayout, toFileLayout } from '../engine/network/layout.ts';
import type { Companion } from '../engine/network/steps.ts';
import type { InputShape } from '../../shared/spec/architecture.ts';
import type { Weight } from '../zoo/parameters.ts';
import { matchWeights, type MatchOptions } from '../zoo/weight-match.ts';

/** Values by PyTorch name, in the engine's layout. */
export type WeightValues = ReadonlyMap<string, Float32Array>;

export interface WrittenFile {
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** `optimizer.momentum.fc.weight`, `optimizer.exp_avg.fc.weight`, `average.fc.weight`. */
function companionFileName({ kind, weight }: Companion): string {
  return kind === 'average' ? `average.${weight.name}` : `optimizer.${kind}.${weight.name}`;
}

/** What a training subtracts from its images goes with its weights: [C, H, W] as PyTorch has images. */
const MEAN_IMAGE = 'normalization.mean_image';

/** Writes weights, and what goes with them if given, so that the file is either the old one or the new one. */
export async function writeWeightFile(
  file: string,
  content: {
    readonly weights: readonly Weight[];
    readonly values: WeightValues;
    readonly companions?: readonly Companion[];
    /** By the companions' names. */
    readonly slots?: WeightValues;
    /** The mean image that is subtracted, [H, W, C]. */
    readonly picture?: { readonly input: InputShape; readonly values: Float32Array } | undefined;
    readonly metadata: Readonly<Record<string, string>>;
  },
): Promise<WrittenFile> {
  const { weights, values, companions = [], slots, picture } = content;
  const tensors = [
    ...weights.map((weight) => weightPart(weight, weight.name, values.get(weight.name))),
    ...companions.map((companion) =>
      weightPart(companion.weight, companionFileName(companion), slots?.get(companion.name)),
    ),
    ...(picture === undefined ? [] : [picturePart(picture.input, picture.values)]),
  ];
  const { parts, sizeBytes, sha256 } = sealedTensorFile(tensors, content.metadata);
  const partial = `${file}.partial`;
  try {
    const handle = await open(partial, 'w');
    try {
      for (const bytes of parts) await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
    await syncFolder(dirname(file));
  } catch (cause) {
    await rm(partial, { force: true });
    const full = hasErrorCode(cause, 'ENOSPC');
    throw failure(
      full ? 'disk-full' : 'checkpoint-not-written',
      full
        ? `The disk is full: ${file} needs ${sizeBytes} bytes. Free some space and resume the run.`
        : `${file} could not be written: ${messageOf(cause)}. The previous checkpoint is untouched.`,
      { path: file, cause },
    );
  }
  return { file, sizeBytes, sha256 };
}

/** A rename is durable once its folder is. Windows cannot open folders and needs no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A weight as files hold it, in PyTorch's layout. */
export function weightPart(
  weight: Weight,
  name: string,
  values: Float32Array | undefined,
): TensorPart {
  if (!values) throw new Error(`There is no value for ${name}.`);
  return floatPart(name, weight.fileShape, toFileLayout(weight, values));
}

/** The mean image that is subtracted, [H, W, C], as files hold it. */
export function picturePart(input: InputShape, values: Float32Array): TensorPart {
  const { height, width, channels } = input;
  const data = transposed(values, height * width, channels);
  return floatPart(MEAN_IMAGE, [channels, height, width], data);
}

/** [rows, columns] → [columns, rows]. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(values, (_, i) => {
    const [column, row] = [Math.floor(i / rows), i % rows];
    return values[row * columns + column] ?? 0;
  });
}

/** The mean image of a file, [H, W, C]; undefined if it has none of that shape. */
export async function readMeanImage(
  file: string,
  { height, width, channels }: InputShape,
): Promise<Float32Array | undefined> {
  const source = await openIntact(file);
  try {
    const entry = source.tensors.get(MEAN_IMAGE);
    if (entry?.shape.join() !== [channels, height, width].join()) return undefined;
    const values = readFloats(entry.dtype, await source.readTensor(MEAN_IMAGE));
    return transposed(values, channels, height * width);
  } finally {
    await source.close();
  }
}

export interface LoadedWeights {
  readonly values: Map<string, Float32Array>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads the weights of a network from a file; what they evaluate to, so averages where it has them.
 * @throws inputError `weights-mismatch` naming what is missing, unexpected or of another shape
 */
export async function readWeightFile(
  file: string,
  weights: readonly Weight[],
): Promise<LoadedWeights> {
  const { values, metadata } = await readMatching(file, weights, { averaged: true });
  return { values, metadata };
}

export interface StartingWeights {
  readonly values: Map<string, Float32Array>;
  /** Names of weights that the file was not asked for. */
  readonly fresh: readonly string[];
  /** Names of tensors that stay in the file. */
  readonly left: readonly string[];
}

/**
 * Reads weights to start another training from.
 * @throws inputError `weights-not-finite` if one is not a number
 */
export async function readStartingWeights(
  file: string,
  weights: readonly Weight[],
  { newHead }: { readonly newHead: boolean },
): Promise<StartingWeights> {
  const { values, match } = await readMatching(file, weights, { newHead, averaged: true });
  requireFinite(file, values);
  return { values, fresh: match.fresh.map(({ name }) => name), left: match.left };
}

export interface LoadedCheckpoint extends LoadedWeights {
  /** By the companions' names; those that the file has. */
  readonly slots: Map<string, Float32Array>;
}

/**
 * Reads all that a training goes on from.
 * @throws inputError `weights-not-finite` if a weight is not a number
 */
export async function readCheckpointFile(
  file: string,
  weights: readonly Weight[],
  companions: readonly Companion[],
): Promise<LoadedCheckpoint> {
  const { values, metadata } = await readMatching(file, weights, {});
  requireFinite(file, values);
  const source = await openIntact(file);
  try {
    const slots = new Map<string, Float32Array>();
    for (const companion of companions) {
      const name = companionFileName(companion);
      if (!source.tensors.has(name)) continue;
      slots.set(companion.name, await readWeight(source, companion.weight, name));
    }
    return { values, slots, metadata };
  } finally {
    await source.close();
  }
}

async function readMatching(file: string, weights: readonly Weight[], options: MatchOptions) {
  const source = await openIntact(file);
  try {
    const match = matchWeights(file, source.tensors, weights, options);
    const values = new Map<string, Float32Array>();
    for (const [weight, name] of match.names) {
      values.set(weight.name, await readWeight(source, weight, name));
    }
    return { values, match, metadata: source.metadata };
  } finally {
    await source.close();
  }
}

/** Else the first step would say that the learning rate is too high. */
function requireFinite(file: string, values: WeightValues): void {
  for (const [name, numbers] of values) {
    const bad = numbers.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
    if (bad === 0) continue;
    throw inputError(
      'weights-not-finite',
      `${file} can't be trained on: ${bad} of the ${numbers.length} numbers of ${name} are infinite or no numbers. Take weights from before that happened.`,
      { path: file, details: { tensor: name, bad } },
    );
  }
}

async function readWeight(source: TensorFile, weight: Weight, name: string): Promise<Float32Array> {
  const { dtype } = source.getTensor(name);
  return fromFileLayout(weight, readFloats(dtype, await source.readTensor(name)));
}
