// A safetensors file as a source: `images` uint8 [N, H, W, C], `labels` int32 or int64 [N] and, in the
// metadata, optionally `classes` (a JSON list of names). All rows are train.
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { inputError } from '../../shared/errors.ts';
import { type TensorEntry } from '../../shared/safetensors.ts';
import { readIntegers } from '../../shared/tensor-values.ts';
import type { ImageShape } from './dataset.ts';
import type { Source, SourceContent, SourceRow } from './source.ts';
import { openTensorFile, type TensorFile } from './tensor-file.ts';

const BLOCK_BYTES = 4 * 0x10_0000;

export async function openTensorSource(path: string): Promise<Source> {
  const { size, mtimeMs, ctimeMs } = await stat(path);
  return {
    name: basename(path).replace(/\.safetensors$/i, ''),
    key: { kind: 'tensors', path, size, mtimeMs, ctimeMs },
    read: () => readContent(path),
  };
}

async function readContent(path: string): Promise<SourceContent> {
  const file = await openTensorFile(path);
  try {
    const images = file.getTensor('images');
    const shape = shapeOf(path, images);
    const count = images.shape[0] ?? 0;
    const labels = await labelsOf(file, count);
    const classes = classesOf(file, labels);
    return {
      kind: 'tensors',
      shape,
      classes,
      rows: rowsOf(path, shape, labels),
      problems: [],
      expectedRows: count,
    };
  } finally {
    await file.close();
  }
}

function shapeOf(path: string, { dtype, shape }: TensorEntry): ImageShape {
  const [count = 0, height = 0, width = 0, channels] = shape;
  if (
    dtype !== 'U8' ||
    shape.length !== 4 ||
    (channels !== 1 && channels !== 3) ||
    height === 0 ||
    width === 0
  ) {
    throw inputError(
      'bad-dataset-file',
      `${path}: "images" is ${dtype} [${shape.join(', ')}]; it must be U8 [N, height, width, 1 or 3].`,
      { path: `${path}#images` },
    );
  }
  if (count === 0) {
    throw inputError('no-images', `${path} holds no images.`, { path: `${path}#images` });
  }
  return { height, width, channels };
}

async function labelsOf(file: TensorFile, count: number): Promise<Int32Array> {
  const { path } = file;
  const { dtype, shape } = file.getTensor('labels');
  if ((dtype !== 'I32' && dtype !== 'I64') || shape.length !== 1 || shape[0] !== count) {
    throw inputError(
      'bad-dataset-file',
      `${path}: "labels" is ${dtype} [${shape.join(', ')}]; it must be I32 or I64 [${count}], one for each image.`,
      { path: `${path}#labels` },
    );
  }
  return readIntegers(dtype, await file.readTensor('labels'));
}

function classesOf({ path, metadata }: TensorFile, labels: Int32Array): string[] {
  let largest = 0;
  for (const [row, label] of labels.entries()) {
    if (label < 0) {
      throw inputError('bad-label', `${path}: the label of image ${row} is ${label}.`, {
        path: `${path}#labels`,
        details: { row, label },
      });
    }
    largest = Math.max(largest, label);
  }
  const text = metadata['classes'];
  if (text === undefined) return Array.from({ length: largest + 1 }, (_, i) => String(i));
  const names = parseNames(text);
  if (names === undefined) {
    throw inputError(
      'bad-dataset-file',
      `${path}: the metadata "classes" must be a JSON list of names, such as ["cat","dog"].`,
      { path: `${path}#__metadata__.classes` },
    );
  }
  if (names.length <= largest) {
    throw inputError(
      'bad-label',
      `${path}: there is a label ${largest}, but "classes" names only ${names.length}.`,
      { path: `${path}#labels`, details: { largest, classes: names.length } },
    );
  }
  return names;
}

function parseNames(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((name) => typeof name === 'string')
      ? value
      : undefined;
  } catch {
    return undefined; // the caller says what it should be
  }
}

async function* rowsOf(
  path: string,
  { height, width, channels }: ImageShape,
  labels: Int32Array,
): AsyncGenerator<SourceRow, void, undefined> {
  const file = await openTensorFile(path);
  try {
    const images = file.getTensor('images');
    const rowBytes = height * width * channels;
    const rowsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
    const block = new Uint8Array(rowsPerBlock * rowBytes);
    for (const [row, label] of labels.entries()) {
      const within = row % rowsPerBlock;
      if (within === 0) {
        const rows = Math.min(rowsPerBlock, labels.length - row);
        await file.readInto(images, row * rowBytes, block.subarray(0, rows * rowBytes));
      }
      const pixels = block.subarray(within * rowBytes, (within + 1) * rowBytes);
      yield { split: 'train', label, source: `image ${row}`, width, height, pixels };
    }
  } finally {
    await file.close();
  }
}
