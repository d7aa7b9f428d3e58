import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tensorFileParts, type TensorPart } from '../../shared/safetensors.ts';
import type { Dataset } from './dataset.ts';
import { openDataset } from './open.ts';
import { openTensorFile } from './tensor-file.ts';
import { createWorkspace, type Workspace } from './testing/fixtures.ts';

// Each pack that is built is forced to the disk, which a busy disk makes wait.
vi.setConfig({ testTimeout: 30_000 });

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

const COUNT = 6;
const pixels = Uint8Array.from({ length: COUNT * 8 * 10 * 3 }, (_, i) => (i * 7) % 256);
const images: TensorPart = { name: 'images', dtype: 'U8', shape: [COUNT, 8, 10, 3], data: pixels };

function labels(values: readonly number[], dtype: 'I32' | 'I64' = 'I32'): TensorPart {
  const array = dtype === 'I32' ? Int32Array.from(values) : BigInt64Array.from(values, BigInt);
  return { name: 'labels', dtype, shape: [values.length], data: new Uint8Array(array.buffer) };
}

function write(parts: readonly TensorPart[], metadata: Record<string, string> = {}): string {
  const path = space.path('data.safetensors');
  writeFileSync(path, Buffer.concat(tensorFileParts(parts, metadata)));
  return path;
}

function open(source: string): Promise<Dataset> {
  return openDataset({ source, cacheFolder: space.cache, valFraction: 0 });
}

test.each(['I32', 'I64'] as const)('A dataset file with %s labels is opened.', async (dtype) => {
  const path = write([images, labels([0, 1, 2, 0, 1, 2], dtype)], { classes: '["x","y","z"]' });
  const dataset = await open(path);
  expect([dataset.kind, dataset.name]).toEqual(['tensors', 'data']);
  expect(dataset.classes).toEqual(['x', 'y', 'z']);
  expect(dataset.shape).toEqual({ height: 8, width: 10, channels: 3 });
  expect([...dataset.splits.train.labels]).toEqual([0, 1, 2, 0, 1, 2]);
  expect(dataset.splits.train.images).toEqual(pixels);
  expect(dataset.splits.train.sourceOf(4)).toBe('image 4');
});

test('Without names the classes are numbered, and a number may be unused.', async () => {
  const dataset = await open(write([images, labels([0, 3, 0, 3, 0, 3])]));
  expect(dataset.classes).toEqual(['0', '1', '2', '3']);
});

test.each<[string, readonly TensorPart[], Record<string, string>, string, string]>([
  [
    'no images',
    [labels([0, 1])],
    {},
    'missing-tensor',
    'PATH: The file has no tensor "images"; it holds labels.',
  ],
  [
    'no labels',
    [images],
    {},
    'missing-tensor',
    'PATH: The file has no tensor "labels"; it holds images.',
  ],
  [
    'two channels',
    [{ ...images, shape: [COUNT, 8, 15, 2] }, labels([0, 1, 0, 1, 0, 1])],
    {},
    'bad-dataset-file',
    'PATH: "images" is U8 [6, 8, 15, 2]; it must be U8 [N, height, width, 1 or 3].',
  ],
  [
    'signed pixels',
    [{ ...images, dtype: 'I8' }, labels([0, 1, 0, 1, 0, 1])],
    {},
    'bad-dataset-file',
    'PATH: "images" is I8 [6, 8, 10, 3]; it must be U8 [N, height, width, 1 or 3].',
  ],
  [
    'too few labels',
    [images, labels([0, 1])],
    {},
    'bad-dataset-file',
    'PATH: "labels" is I32 [2]; it must be I32 or I64 [6], one for each image.',
  ],
  [
    'a negative label',
    [images, labels([0, -1, 0, 1, 0, 1])],
    {},
    'bad-label',
    'PATH: the label of image 1 is -1.',
  ],
  [
    'too few names',
    [images, labels([0, 1, 2, 0, 1, 2])],
    { classes: '["x","y"]' },
    'bad-label',
    'PATH: there is a label 2, but "classes" names only 2.',
  ],
  [
    'names that are no list',
    [images, labels([0, 1, 2, 0, 1, 2])],
    { classes: 'x,y,z' },
    'bad-dataset-file',
    'PATH: the metadata "classes" must be a JSON list of names, such as ["cat","dog"].',
  ],
  [
    'one class',
    [images, labels([0, 0, 0, 0, 0, 0])],
    {},
    'one-class',
    'PATH has only one class, "0"; a classifier needs two or more.',
  ],
])('A file with %s is refused with a sentence.', async (_, parts, metadata, code, sentence) => {
  const path = write(parts, metadata);
  await expect(open(path)).rejects.toMatchObject({
    code,
    message: sentence.replace('PATH', path),
  });
});

test('A truncated file is named with the expected and the given size.', async () => {
  const path = space.path('cut.safetensors');
  const whole = Buffer.concat(tensorFileParts([images, labels([0, 1, 0, 1, 0, 1])]));
  writeFileSync(path, whole.subarray(0, -10));
  await expect(open(path)).rejects.toMatchObject({
    code: 'truncated-file',
    message: `${path}: The file should have ${whole.length} bytes but has ${whole.length - 10}: it is truncated.`,
  });
});

test('Single tensors and ranges of them are read from a file.', async () => {
  const file = await openTensorFile(write([images, labels([5, 4, 3, 2, 1, 0])]));
  expect(await file.readTensor('images')).toEqual(pixels);
  const part = new Uint8Array(20);
  await file.readInto(file.getTensor('images'), 100, part);
  expect(part).toEqual(pixels.subarray(100, 120));
  await file.close();
  await expect(openTensorFile(space.path('none'))).rejects.toMatchObject({ code: 'not-found' });
});
