// A dataset made ready for a network: normalization decided, and either resident in TensorFlow's
// session (steps feed row numbers) or streamed (steps feed bytes, read while the step before computes).
import { createHash } from 'node:crypto';
import { inputError } from '../../shared/errors.ts';
import type { DataFacts } from '../../shared/contract/trainer.ts';
import type { InputShape } from '../../shared/spec/architecture.ts';
import type { NormalizationSpec } from '../../shared/spec/recipe.ts';
import type { DataSpec } from '../../shared/spec/run.ts';
import { createBatchReader } from '../data/batches.ts';
import { readRange, type Dataset, type Split, type SplitName } from '../data/dataset.ts';
import { meanImageOf } from '../data/mean-image.ts';
import { openDataset } from '../data/open.ts';
import { dataSpecOptions } from '../data/data-spec-options.ts';
import type { Order } from '../data/order.ts';
import { createProgressMeter, type DataProgress, type Watch } from '../data/progress.ts';
import type { Batch, Network } from '../engine/network/network.ts';
import type { Normalization } from '../engine/ops/input.ts';
import { adoptableBytes } from '../engine/tensorflow/adopted-bytes.ts';
import type { DataSource } from '../engine/network/steps.ts';

/** Up to this size a dataset lives in the session; beyond, batches are read from its cache file. */
const RESIDENT_LIMIT_BYTES = 1024 ** 3;

/** `RESNET_LAB_RESIDENT_BYTES` replaces the limit; 0 streams everything, as tests of streaming do. */
function residentLimit(): number {
  const text = process.env['RESNET_LAB_RESIDENT_BYTES'];
  if (text === undefined) return RESIDENT_LIMIT_BYTES;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw inputError(
    'bad-environment',
    `RESNET_LAB_RESIDENT_BYTES is "${text}"; it must be a whole number of bytes, or unset.`,
    { path: 'RESNET_LAB_RESIDENT_BYTES' },
  );
}

export interface PreparedData {
  readonly dataset: Dataset;
  readonly normalization: Normalization;
  readonly source: DataSource;
  readonly facts: DataFacts;
  split(name: SplitName): Split;
  /** Hands a resident network its data; nothing to do for a streamed one. */
  load(network: Network): Promise<void>;
  /** The examples of one call, as rows of a split. */
  batch(split: SplitName, rows: Int32Array): Promise<Batch>;
  /** The examples of training steps. */
  batches(order: Order): TrainingBatches;
}

export interface TrainingBatches {
  /** Valid until the next is read. Steps may jump; those in a row are read ahead. */
  read(step: number): Promise<Batch>;
  /** Waits for a read that is under way. */
  close(): Promise<void>;
}

export interface PrepareOptions {
  readonly data: DataSpec;
  readonly cacheFolder: string;
  /** What the recipe says, or what a checkpoint was trained with. */
  readonly normalization:
    NormalizationSpec | { readonly kind: 'known'; readonly is: Normalization };
  /** The splits that will be used; the others are not loaded. */
  readonly splits: readonly SplitName[];
  readonly onProgress: (progress: DataProgress) => void;
}

export async function prepareData(options: PrepareOptions): Promise<PreparedData> {
  const { source } = options.data;
  const limit = residentLimit();
  const { onProgress } = options;
  const dataset = await openDataset({
    ...dataSpecOptions(options.data),
    cacheFolder: options.cacheFolder,
    onProgress,
  });
  const normalization = await normalizationOf(dataset, options);
  const present = options.splits.flatMap((name) => dataset.splits[name] ?? []);
  const bytes = present.reduce((sum, split) => sum + split.count * split.rowBytes, 0);
  const isResident = bytes <= limit;
  const starts = new Map<SplitName, number>();
  let count = 0;
  for (const split of present) {
    starts.set(split.name, count);
    count += split.count;
  }
  const residentBatch = (name: SplitName, rows: Int32Array): Batch => {
    const start = starts.get(name);
    if (start === undefined) throw new Error(`The split ${name} was not prepared.`);
    return { kind: 'resident', indices: rows.map((row) => row + start) };
  };
  const getSplit = (name: SplitName): Split => splitOf(dataset, name, source);
  return {
    dataset,
    normalization,
    source: isResident ? { kind: 'resident', count } : { kind: 'streamed' },
    facts: factsOf(dataset, { normalization, isResident }),
    split: getSplit,
    load: async (network) => {
      if (isResident) await loadResident(network, present, { onProgress });
    },
    batch: async (name, rows) => {
      if (isResident) return residentBatch(name, rows);
      const split = getSplit(name);
      const images = new Uint8Array(rows.length * split.rowBytes);
      await split.readRows(rows, images);
      return { kind: 'streamed', images, labels: rows.map((row) => split.labels[row] ?? 0) };
    },
    batches: (order) =>
      isResident
        ? {
            read: (step) => Promise.resolve(residentBatch('train', order.indicesOf(step))),
            close: () => Promise.resolve(),
          }
        : streamedBatches(getSplit('train'), order),
  };
}

const LOAD_CHUNK_BYTES = 2 ** 24;

/** Reads the rows from the pack into memory that TensorFlow takes over: they are in memory once. */
async function loadResident(
  network: Network,
  splits: readonly Split[],
  watch: Watch,
): Promise<void> {
  const rowBytes = splits[0]?.rowBytes ?? 0;
  const count = splits.reduce((sum, split) => sum + split.count, 0);
  const images = adoptableBytes(count * rowBytes);
  const labels = new Int32Array(count);
  const rowsPerChunk = Math.max(1, Math.floor(LOAD_CHUNK_BYTES / Math.max(1, rowBytes)));
  const meter = createProgressMeter('read', count, watch);
  let first = 0;
  for (const split of splits) {
    labels.set(split.labels, first);
    for (let start = 0; start < split.count; start += rowsPerChunk) {
      const rows = Math.min(rowsPerChunk, split.count - start);
      const at = (first + start) * rowBytes;
      await readRange(split, start, rows, images.subarray(at, at + rows * rowBytes));
      await meter.advance(rows);
    }
    first += split.count;
  }
  network.writeData(images, labels);
}

function streamedBatches(split: Split, order: Order): TrainingBatches {
  const reader = createBatchReader(split, order);
  return {
    read: async (step) => {
      const { pixels, labels } = await reader.read(step);
      return { kind: 'streamed', images: pixels, labels };
    },
    close: () => reader.close(),
  };
}

function splitOf(dataset: Dataset, name: SplitName, source: string): Split {
  const split = dataset.splits[name];
  if (split) return split;
  const names = Object.keys(dataset.splits).join(', ');
  throw inputError('no-such-split', `${source} has no ${name} split; it has: ${names}.`, {
    path: source,
  });
}

async function normalizationOf(
  dataset: Dataset,
  { normalization: spec, onProgress }: PrepareOptions,
): Promise<Normalization> {
  if (spec.kind === 'known') {
    requireFitting(spec.is, dataset.shape);
    return spec.is;
  }
  const ofChannels = normalizationFor(dataset, spec);
  if (spec.kind !== 'per-pixel') return ofChannels;
  return { ...ofChannels, meanImage: await meanImageOf(dataset.splits.train, { onProgress }) };
}

/** @throws inputError `bad-normalization` if it belongs to images of another shape */
export function requireFitting(normalization: Normalization, shape: InputShape): void {
  const { height, width, channels } = shape;
  requireChannels(normalization, channels);
  const { meanImage } = normalization;
  const values = height * width * channels;
  if (meanImage === undefined || meanImage.length === values) return;
  throw inputError(
    'bad-normalization',
    `The weights were trained with a mean image of ${meanImage.length} values subtracted, but the images are ${width}×${height} with ${channels} channel(s), so ${values} values; bring them to the size of the training.`,
    { path: 'recipe.normalization' },
  );
}

function requireChannels(
  { mean, deviation }: Pick<Normalization, 'mean' | 'deviation'>,
  channels: number,
): void {
  if (mean.length === channels && deviation.length === channels) return;
  throw inputError(
    'bad-normalization',
    `The normalization has ${mean.length} means and ${deviation.length} deviations, but the images have ${channels} channel(s).`,
    { path: 'recipe.normalization' },
  );
}

/** Of channels: what `per-pixel` subtracts from every pixel besides is not in it. */
export function normalizationFor(dataset: Dataset, spec: NormalizationSpec): Normalization {
  const { channels } = dataset.shape;
  switch (spec.kind) {
    case 'auto':
      // A constant channel has no deviation; leave it at its mean, which is zero.
      return {
        mean: dataset.statistics.mean,
        deviation: dataset.statistics.std.map((std) => Math.max(std, 1e-3)),
      };
    case 'per-pixel':
      return { mean: dataset.statistics.mean, deviation: Array<number>(channels).fill(1) };
    case 'fixed':
      requireChannels(spec, channels);
      return { mean: spec.mean, deviation: spec.deviation };
  }
}

function normalizationFacts({ mean, deviation, meanImage }: Normalization) {
  return {
    mean: [...mean],
    deviation: [...deviation],
    ...(meanImage === undefined ? {} : { meanImageSha256: sha256Of(meanImage) }),
  };
}

function sha256Of({ buffer, byteOffset, byteLength }: Float32Array): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}

function factsOf(
  dataset: Dataset,
  { normalization, isResident }: { normalization: Normalization; isResident: boolean },
): DataFacts {
  return {
    name: dataset.name,
    fingerprint: dataset.fingerprint,
    input: { ...dataset.shape },
    classes: [...dataset.classes],
    counts: {
      train: dataset.splits.train.count,
      val: dataset.splits.val?.count ?? 0,
      test: dataset.splits.test?.count ?? 0,
    },
    problems: dataset.problems.length,
    residency: isResident ? 'resident' : 'streamed',
    normalization: normalizationFacts(normalization),
  };
}
