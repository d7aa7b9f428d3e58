// What a network says of every example of a split, as a safetensors file: `labels` int32 [N], `logits` float32
// [N, K], the names of the examples, and `features` float32 [M, D], the input of the last layer, of the rows
// `feature_rows` int32 [M]: all of them, or an even choice where there are very many.
import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseBoundedJson } from '../../shared/bounded-json.ts';
import { floatPart, tensorFileParts, type TensorPart } from '../../shared/safetensors.ts';
import { readFloats, readIntegers } from '../../shared/tensor-values.ts';
import { z } from 'zod';
import type { Split } from './dataset.ts';
import { openTensorFile, type TensorFile } from './tensor-file.ts';

/** A map of more points can't be read, and takes minutes to compute. */
export const MOST_FEATURE_ROWS = 10_000;
/** In a run's folder. */
export const OUTPUTS_FOLDER = 'outputs';
const FORMAT = 'resnet-lab-outputs-1';

export interface OutputFacts {
  /** Of the weights. */
  readonly step: number;
  /** Of the data. */
  readonly fingerprint: string;
}

export interface SplitOutputs extends OutputFacts {
  readonly classNames: readonly string[];
  /** How many; with `labels` and `logits` it is what shared/calibration reads. */
  readonly classes: number;
  readonly labels: Int32Array;
  readonly logits: Float32Array;
  readonly sources: readonly string[];
}

export interface SplitFeatures {
  readonly rows: Int32Array;
  /** [rows, width] */
  readonly features: Float32Array;
  readonly width: number;
}

/** What is told of a split's rows besides its outputs. */
export type LabelledSplit = Pick<Split, 'count' | 'labels' | 'sourceOf'>;

/** Gathers the outputs of one pass over a split. */
export class OutputCollector {
  readonly #split: LabelledSplit;
  readonly #classes: readonly string[];
  readonly #logits: Float32Array;
  readonly #featureRows: Int32Array;
  readonly #placeOf: ReadonlyMap<number, number>;
  #features = new Float32Array();

  constructor(split: LabelledSplit, classes: readonly string[], mostFeatures = MOST_FEATURE_ROWS) {
    this.#split = split;
    this.#classes = classes;
    this.#logits = new Float32Array(split.count * classes.length);
    const count = Math.min(split.count, mostFeatures);
    this.#featureRows = Int32Array.from({ length: count }, (_, i) =>
      Math.floor((i * split.count) / count),
    );
    this.#placeOf = new Map(Array.from(this.#featureRows, (row, i) => [row, i]));
  }

  add(row: number, logits: Float32Array, features: Float32Array): void {
    this.#logits.set(logits, row * this.#classes.length);
    const place = this.#placeOf.get(row);
    if (place === undefined) return;
    if (this.#features.length === 0) {
      this.#features = new Float32Array(this.#featureRows.length * features.length);
    }
    this.#features.set(features, place * features.length);
  }

  /** Of the numbers that `write` writes, once all rows were added. */
  get sizeBytes(): number {
    return this.#logits.byteLength + this.#features.byteLength;
  }

  /** Whole or not at all. */
  async write(file: string, { step, fingerprint }: OutputFacts): Promise<void> {
    const split = this.#split;
    const rows = this.#featureRows;
    const names = Array.from({ length: split.count }, (_, row) => Buffer.from(split.sourceOf(row)));
    let end = 0;
    const nameEnds = Int32Array.from(names, (name) => (end += name.length));
    const parts: TensorPart[] = [
      integerPart('labels', split.labels),
      floatPart('logits', [split.count, this.#classes.length], this.#logits),
      integerPart('feature_rows', rows),
      floatPart('features', [rows.length, this.#features.length / rows.length], this.#features),
      integerPart('name_ends', nameEnds),
      { name: 'names', dtype: 'U8', shape: [end], data: Buffer.concat(names) },
    ];
    const metadata = {
      ...{ format: FORMAT, step: String(step), fingerprint },
      classes: JSON.stringify(this.#classes),
    };
    const partial = `${file}.${randomUUID()}.partial`;
    try {
      await pipeline(Readable.from(tensorFileParts(parts, metadata)), createWriteStream(partial));
      await rename(partial, file);
    } finally {
      await rm(partial, { force: true });
    }
  }
}

function integerPart(name: string, values: Int32Array): TensorPart {
  const { buffer, byteOffset, byteLength } = values;
  const data = new Uint8Array(buffer, byteOffset, byteLength);
  return { name, dtype: 'I32', shape: [values.length], data };
}

/** @throws what is wrong with the file */
export async function readSplitOutputs(path: string): Promise<SplitOutputs> {
  return await withFile(path, async (file) => {
    const { metadata } = file;
    const classNames = z.array(z.string()).parse(parseBoundedJson(metadata['classes'] ?? '[]'));
    const ends = await integersOf(file, 'name_ends');
    const names = Buffer.from(await file.readTensor('names'));
    return {
      step: Number(metadata['step'] ?? 0),
      fingerprint: metadata['fingerprint'] ?? '',
      classNames,
      classes: classNames.length,
      labels: await integersOf(file, 'labels'),
      logits: readFloats('F32', await file.readTensor('logits')),
      sources: Array.from(ends, (end, i) => names.toString('utf8', ends[i - 1] ?? 0, end)),
    };
  });
}

/** @throws what is wrong with the file */
export async function readSplitFeatures(path: string): Promise<SplitFeatures> {
  return await withFile(path, async (file) => ({
    rows: await integersOf(file, 'feature_rows'),
    features: readFloats('F32', await file.readTensor('features')),
    width: file.getTensor('features').shape[1] ?? 0,
  }));
}

async function withFile<T>(path: string, read: (file: TensorFile) => Promise<T>): Promise<T> {
  const file = await openTensorFile(path);
  try {
    if (file.metadata['format'] !== FORMAT)
      throw new Error(`${path} holds no outputs of a network.`);
    return await read(file);
  } finally {
    await file.close();
  }
}

async function integersOf(file: TensorFile, name: string): Promise<Int32Array> {
  return readIntegers('I32', await file.readTensor(name));
}
