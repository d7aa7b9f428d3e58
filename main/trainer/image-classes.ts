// Classes for image files, wherever their bytes come from: read as the network's training images were, and
// the logits as probabilities. A file that can't be read costs its own prediction and no other.
import { basename } from 'node:path';
import { isFiniteRow, softmaxRow } from '../../shared/calibration/logits.ts';
import { AppError, inputError, toErrorDocument, type ErrorDocument } from '../../shared/errors.ts';
import type { Classified, Prediction } from '../../shared/contract/trainer.ts';
import { pixelRulesOf, type PixelRules } from '../../shared/spec/pixel-rules.ts';
import type { DataSpec } from '../../shared/spec/run.ts';
import { decodeImage } from '../data/image-decoder.ts';
import { damageOf } from '../data/image-notes.ts';
import type { ExpectedInput, Inference } from './inference.ts';
import { normalizedPixels } from './normalized-pixels.ts';

const SHOWN_CLASSES = 5;

/** How image files become pixels. */
export type ImageReading = PixelRules & Pick<DataSpec, 'resize'>;

export interface ImageSource {
  /** A path, or whatever names it for the user. */
  readonly name: string;
  /** @throws AppError */
  readonly read: () => Promise<Buffer>;
}

export interface NetworkImage {
  /** [H, W, C] as the network's size. */
  readonly pixels: Uint8Array;
  readonly values: Float32Array;
  readonly damage: string | undefined;
}

export interface ImageRoad extends ExpectedInput {
  /** Of the run's data; left out: as before there were rules. */
  readonly reading: ImageReading;
}

/** Probabilities of images by an opened network. */
export async function classifyImages(
  inference: Inference,
  images: readonly ImageSource[],
  road: ImageRoad & { readonly classes: readonly string[] | undefined },
): Promise<Classified> {
  const failed = new Map<number, ErrorDocument>();
  const damages = new Map<number, string>();
  const loadOrNote = async (image: ImageSource, row: number): Promise<Float32Array> => {
    try {
      const { values, damage } = await readImage(image, road);
      if (damage !== undefined) damages.set(row, damage);
      return values;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      failed.set(row, toErrorDocument(error));
      return new Float32Array();
    }
  };
  const { height, width, channels } = road.input;
  const rowSize = height * width * channels;
  const logits = await inference.logits(images.length, async (start, count) => {
    const decoded = await Promise.all(
      images.slice(start, start + count).map((image, i) => loadOrNote(image, start + i)),
    );
    const x = new Float32Array(count * rowSize);
    decoded.forEach((row, index) => x.set(row, index * rowSize));
    return x;
  });
  const { classCount } = inference;
  const predictions = images.flatMap(({ name }, row): Prediction[] => {
    if (failed.has(row)) return [];
    const own = logits.subarray(row * classCount, (row + 1) * classCount);
    const damage = damages.get(row);
    const about = { file: name, ...(damage === undefined ? {} : { damage }) };
    return isFiniteRow(own)
      ? [{ ...about, classes: mostLikely(own, road.classes) }]
      : [{ ...about, notFinite: true, classes: [] }];
  });
  return {
    predictions,
    failed: [...failed].map(([row, error]) => ({ file: images[row]?.name ?? '', error })),
  };
}

/** @throws inputError `bad-image`, or what reading the file throws */
export async function readImage(
  { name, read }: ImageSource,
  { input, normalization, reading }: ImageRoad,
): Promise<NetworkImage> {
  const bytes = await read();
  const { channels } = input;
  const shape = { ...input, channels: channels === 1 ? 1 : 3 } as const;
  const image = await decodeImage(bytes, {
    shape,
    policy: reading.resize,
    rules: pixelRulesOf(reading),
  });
  if ('reason' in image) {
    throw inputError('bad-image', `${basename(name)} ${image.reason}.`, { path: name });
  }
  const { pixels, notes } = image;
  const values = normalizedPixels(pixels, pixels.length, normalization);
  return { pixels, values, damage: damageOf(notes) };
}

/** Softmax of one row. */
export function probabilitiesOf(logits: Float32Array): number[] {
  const probabilities = new Float64Array(logits.length);
  softmaxRow({ logits, classes: logits.length }, 0, 1, probabilities);
  return [...probabilities];
}

/** Softmax of one row, most likely classes first. */
function mostLikely(
  logits: Float32Array,
  names: readonly string[] | undefined,
): Prediction['classes'] {
  return probabilitiesOf(logits)
    .map((probability, index) => ({ name: names?.[index] ?? `class ${index}`, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, SHOWN_CLASSES);
}
