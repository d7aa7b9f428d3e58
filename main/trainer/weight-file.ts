// Weight files: safetensors with PyTorch's names and layouts, so that weights go both ways between
// this app and PyTorch. A checkpoint is such a file with optimizer slots and metadata added.
import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failure, hasErrorCode, inputError, messageOf } from '../../shared/errors.ts';
import { readFloats, tensorFileParts, type TensorPart } from '../../shared/safetensors.ts';
import { openTensorFile, type TensorFile } from '../data/tensor-file.ts';
import { fromFileLayout, toFileLayout } from '../engine/network/layout.ts';
import type { Weight } from '../zoo/parameters.ts';

/** Prefix of optimizer slots in a checkpoint. */
const SLOT_PREFIX = 'optimizer.momentum.';

/** Values by PyTorch name, in the engine's layout. */
export type WeightValues = ReadonlyMap<string, Float32Array>;

export interface WrittenFile {
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Writes weights, and slots if given, so that the file is either the old one or the new one. */
export async function writeWeightFile(
  file: string,
  content: {
    readonly weights: readonly Weight[];
    readonly values: WeightValues;
    readonly slots?: WeightValues;
    readonly metadata: Readonly<Record<string, string>>;
  },
): Promise<WrittenFile> {
  const tensors = content.weights.flatMap((weight): TensorPart[] => {
    const slot = content.slots?.get(weight.name);
    return [
      part(weight, weight.name, content.values.get(weight.name)),
      ...(slot ? [part(weight, SLOT_PREFIX + weight.name, slot)] : []),
    ];
  });
  const parts = tensorFileParts(tensors, content.metadata);
  const hash = createHash('sha256');
  parts.forEach((bytes) => hash.update(bytes));
  const sizeBytes = parts.reduce((sum, bytes) => sum + bytes.byteLength, 0);
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
  return { file, sizeBytes, sha256: hash.digest('hex') };
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

function part(weight: Weight, name: string, values: Float32Array | undefined): TensorPart {
  if (!values) throw new Error(`There is no value for ${name}.`);
  const data = toFileLayout(weight, values);
  return {
    name,
    dtype: 'F32',
    shape: weight.fileShape,
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

export interface LoadedWeights {
  readonly values: Map<string, Float32Array>;
  /** Optimizer slots by parameter name; empty unless the file is a checkpoint. */
  readonly slots: Map<string, Float32Array>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads every weight of a network from a file. Extra entries that PyTorch writes besides
 * (`num_batches_tracked`) are passed over; DataParallel's `module.` prefix is accepted.
 * @throws inputError `weights-mismatch` naming what is missing, unexpected or of another shape
 */
export async function readWeightFile(
  file: string,
  weights: readonly Weight[],
): Promise<LoadedWeights> {
  const source = await openTensorFile(file);
  try {
    const names = plainNames(source);
    checkMatch(file, source, { weights, names });
    const values = new Map<string, Float32Array>();
    const slots = new Map<string, Float32Array>();
    for (const weight of weights) {
      values.set(weight.name, await readWeight(source, weight, names.get(weight.name) ?? ''));
      const slot = names.get(SLOT_PREFIX + weight.name);
      if (slot !== undefined) slots.set(weight.name, await readWeight(source, weight, slot));
    }
    return { values, slots, metadata: source.metadata };
  } finally {
    await source.close();
  }
}

async function readWeight(source: TensorFile, weight: Weight, name: string): Promise<Float32Array> {
  const { dtype } = source.getTensor(name);
  return fromFileLayout(weight, readFloats(dtype, await source.readTensor(name)));
}

/** Name without `module.` → name in the file. */
function plainNames(source: TensorFile): Map<string, string> {
  return new Map([...source.tensors.keys()].map((name) => [name.replace(/^module\./, ''), name]));
}

function checkMatch(
  file: string,
  source: TensorFile,
  { weights, names }: { weights: readonly Weight[]; names: ReadonlyMap<string, string> },
): void {
  const missing = weights.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  const expected = new Set(weights.map(({ name }) => name));
  const unexpected = [...names.keys()].filter(
    (name) =>
      !expected.has(name) &&
      !name.startsWith(SLOT_PREFIX) &&
      !name.endsWith('.num_batches_tracked'),
  );
  const reshaped = weights.flatMap(({ name, fileShape }) => {
    const inFile = names.get(name);
    if (inFile === undefined) return [];
    const { shape } = source.getTensor(inFile);
    const same = shape.length === fileShape.length && shape.every((d, i) => d === fileShape[i]);
    return same ? [] : [`${name} is [${shape.join(', ')}], not [${fileShape.join(', ')}]`];
  });
  if (missing.length + unexpected.length + reshaped.length === 0) return;
  const problems = [
    ...(missing.length > 0 ? [`${missing.length} missing (${some(missing)})`] : []),
    ...(unexpected.length > 0 ? [`${unexpected.length} unexpected (${some(unexpected)})`] : []),
    ...reshaped.slice(0, 3),
  ];
  throw inputError(
    'weights-mismatch',
    `${file} does not fit this network: ${problems.join('; ')}. Choose the architecture, input channels and number of classes that the weights were trained with.`,
    { path: file, details: { missing, unexpected, reshaped } },
  );
}

function some(names: readonly string[]): string {
  return names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');
}
