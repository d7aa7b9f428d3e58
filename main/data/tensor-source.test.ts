import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tensorFileParts, type TensorPart } from '../../shared/safetensors.ts';
import type { Dataset } from './dataset.ts';
import { openDataset } from './open.ts';
import { openTensorFile } from './tensor-file.ts';
import { createWorkspace, type Workspace } from './testing/fixtures.ts';
import { imagesOf } from './testing/images-of.ts';

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
  expect(await imagesOf(dataset.splits.train)).toEqual(pixels);
  expect(dataset.splits.train.sourceOf(4)).toBe('images 4');
});

test('Without names the classes are numbered, and a number may be unused.', async () => {
  const dataset = await open(write([images, labels([0, 3, 0, 3, 0, 3])]));
  expect(dataset.classes).toEqual(['0', '1', '2', '3']);
});

test.each<[string, readonly TensorPart[], Record<string, string>, string]>([
  ['no images', [labels([0, 1])], {}, 'missing-tensor'],
  ['no labels', [images], {}, 'missing-tensor'],
  [
    'two channels',
    [{ ...images, shape: [COUNT, 8, 15, 2] }, labels([0, 1, 0, 1, 0, 1])],
    {},
    'bad-dataset-file',
  ],
  [
    'signed pixels',
    [{ ...images, dtype: 'I8' }, labels([0, 1, 0, 1, 0, 1])],
    {},
    'bad-dataset-file',
  ],
  ['too few labels', [images, labels([0, 1])], {}, 'bad-dataset-file'],
  ['a negative label', [images, labels([0, -1, 0, 1, 0, 1])], {}, 'bad-label'],
  ['too few names', [images, labels([0, 1, 2, 0, 1, 2])], { classes: '["x","y"]' }, 'bad-label'],
  [
    'names that are no list',
    [images, labels([0, 1, 2, 0, 1, 2])],
    { classes: 'x,y' },
    'bad-dataset-file',
  ],
  ['one class', [images, labels([0, 0, 0, 0, 0, 0])], {}, 'one-class'],
  ['a label of two billion', [images, labels([0, 1, 2, 0, 1, 2e9])], {}, 'too-many-classes'],
  [
    'more names than classes may be',
    [images, labels([0, 1, 2, 0, 1, 2])],
    { classes: JSON.stringify(Array.from({ length: 70_000 }, (_, i) => `c${i}`)) },
    'too-many-classes',
  ],
])('A file with %s is refused by its code.', async (_, parts, metadata, code) => {
  const path = write(parts, metadata);
  const refused = open(path);
  await expect(refused).rejects.toMatchObject({ code, fault: 'input' });
  await expect(refused).rejects.toThrow(path);
});

test('Splits have tensors of their own; what is not used is named.', async () => {
  const named = (part: TensorPart, name: string): TensorPart => ({ ...part, name });
  const path = write([
    ...[images, labels([0, 1, 2, 0, 1, 2])],
    ...[named(images, 'val_images'), named(labels([2, 1, 0, 2, 1, 0], 'I64'), 'val_labels')],
    ...[named(images, 'test_images'), named(labels([1, 1, 1, 1, 1, 1]), 'test_labels')],
    named(labels([1]), 'mean_image'),
  ]);
  const { splits, splitOrigin, problems } = await openDataset({
    source: path,
    cacheFolder: space.cache,
  });
  expect([...(splits.val?.labels ?? [])]).toEqual([2, 1, 0, 2, 1, 0]);
  expect([splits.train.count, splits.test?.count]).toEqual([6, 6]);
  expect(splitOrigin.kind).toBe('source');
  expect(problems.map(({ source }) => source)).toEqual(['mean_image']);
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
