import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRng } from '../../../shared/rng.ts';
import type { Dataset } from '../dataset.ts';
import { openDataset } from '../open.ts';
import { npy, npyTexts, writeNpz } from '../testing/arrays.ts';
import { createWorkspace, type Workspace } from '../testing/fixtures.ts';
import { imagesOf } from '../testing/images-of.ts';

// Each pack that is built is forced to the disk, which a busy disk makes wait.
vi.setConfig({ testTimeout: 30_000 });

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

const COUNT = 6;
const ROW = 8 * 10 * 3;
const pixels = Uint8Array.from({ length: COUNT * ROW }, (_, i) => (i * 7) % 251);
const images = npy({ descr: '|u1', shape: [COUNT, 8, 10, 3] }, pixels);
const six = Int32Array.of(0, 1, 2, 0, 1, 2);
const labels = npy({ descr: '<i4', shape: [COUNT] }, six);

async function open(
  arrays: Readonly<Record<string, Buffer>>,
  options?: { compress: boolean },
): Promise<Dataset> {
  const path = space.path('data.npz');
  await writeNpz(path, arrays, options);
  return openDataset({ source: path, cacheFolder: space.cache, valFraction: 0 });
}

test('Stored and deflated arrays are the same dataset.', async () => {
  const stored = await open({ images, labels });
  expect([stored.kind, stored.name, stored.shape]).toEqual([
    'npz',
    'data',
    { height: 8, width: 10, channels: 3 },
  ]);
  expect(await imagesOf(stored.splits.train)).toEqual(pixels);
  expect([...stored.splits.train.labels]).toEqual([...six]);
  expect(stored.splits.train.sourceOf(4)).toBe('images 4');
  const deflated = await open({ images, labels }, { compress: true });
  expect(deflated.fingerprint).toBe(stored.fingerprint);
});

test('Splits come from the names of the arrays, as MedMNIST and Keras call them.', async () => {
  const part = (from: number, to: number): Buffer =>
    npy({ descr: '|u1', shape: [to - from, 8, 10, 3] }, pixels.slice(from * ROW, to * ROW));
  const column = (from: number, to: number): Buffer =>
    npy({ descr: '|u1', shape: [to - from, 1] }, Uint8Array.from(six.slice(from, to)));
  const medical = await open({
    ...{ test_images: part(5, 6), test_labels: column(5, 6) },
    ...{ train_images: part(0, 3), train_labels: column(0, 3) },
    ...{ val_images: part(3, 5), val_labels: column(3, 5) },
  });
  expect(await imagesOf(medical.splits.val)).toEqual(pixels.slice(3 * ROW, 5 * ROW));
  expect([medical.splits.train.count, medical.splits.test?.count]).toEqual([3, 1]);
  const keras = await open({
    ...{ x_train: part(0, 5), y_train: column(0, 5), x_test: part(5, 6), y_test: column(5, 6) },
    history: npy({ descr: '<f8', shape: [2] }, new Float64Array(2)),
    x_val: part(0, 1),
  });
  expect([keras.splits.train.count, keras.splits.test?.count]).toEqual([5, 1]);
  expect(keras.problems.map(({ source }) => source).sort()).toEqual(['history', 'x_val']);
});

const rows = (...values: readonly number[]): Buffer =>
  npy({ descr: '<i4', shape: [COUNT, values.length / COUNT] }, Int32Array.from(values));

test.each<[string, Readonly<Record<string, Buffer>>, readonly string[], readonly number[]]>([
  [
    'big-endian labels',
    {
      x: images,
      y: npy(
        { descr: '>i4', shape: [COUNT] },
        Buffer.from(Uint8Array.from(Buffer.from(six.buffer))).swap32(),
      ),
    },
    ['0', '1', '2'],
    [...six],
  ],
  [
    'labels that begin with 1',
    {
      x: images,
      y: npy(
        { descr: '<i4', shape: [COUNT] },
        six.map((label) => label + 1),
      ),
    },
    ['1', '2', '3'],
    [...six],
  ],
  [
    'whole numbers as floats',
    { x: images, y: npy({ descr: '<f8', shape: [COUNT] }, Float64Array.from(six)) },
    ['0', '1', '2'],
    [...six],
  ],
  [
    'one-hot rows',
    { x: images, y: rows(0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0) },
    ['0', '1'],
    [1, 0, 1, 0, 1, 0],
  ],
  [
    'texts',
    { x: images, y: npyTexts(['dog', 'cät', 'dog', 'ant', 'ant', 'dog'], 4) },
    ['ant', 'cät', 'dog'],
    [2, 1, 2, 0, 0, 2],
  ],
  [
    'names of classes',
    { x: images, y: labels, class_names: npyTexts(['ant', 'bee', 'cat'], 3) },
    ['ant', 'bee', 'cat'],
    [...six],
  ],
  ['arrays without names', { arr_0: images, arr_1: labels }, ['0', '1', '2'], [...six]],
])('Labels are read from %s.', async (_, arrays, classes, expected) => {
  const dataset = await open(arrays);
  expect(dataset.classes).toEqual(classes);
  expect([...dataset.splits.train.labels]).toEqual(expected);
  expect(dataset.problems).toEqual([]);
});

test('Colours one after the other are put together, and grey images need no channel.', async () => {
  const planar = await open({
    x: npy({ descr: '|u1', shape: [COUNT, 3, 8, 10] }, pixels),
    y: labels,
  });
  expect(planar.shape).toEqual({ height: 8, width: 10, channels: 3 });
  const first = (await imagesOf(planar.splits.train)).subarray(0, 3);
  expect([...first]).toEqual([pixels[0], pixels[80], pixels[160]]);
  const grey = await open({ x: npy({ descr: '|u1', shape: [COUNT, 24, 10] }, pixels), y: labels });
  expect(grey.shape).toEqual({ height: 24, width: 10, channels: 1 });
});

const shaped = (descr: string, shape: readonly number[], bytes = pixels): Buffer =>
  npy({ descr, shape }, bytes);

test.each<[string, Readonly<Record<string, Buffer>>, string]>([
  ['objects', { x: images, y: shaped('|O', [COUNT]) }, 'missing-tensor'],
  ['no labels', { x: images }, 'missing-tensor'],
  ['nothing that is known', { history: labels }, 'missing-tensor'],
  ['two arrays of images', { x: images, images, y: labels }, 'ambiguous-arrays'],
  ['floats as images', { x: shaped('<f8', [COUNT, 10, 3]), y: labels }, 'bad-dataset-file'],
  ['flat images', { x: shaped('|u1', [COUNT, ROW]), y: labels }, 'bad-dataset-file'],
  ['two channels', { x: shaped('|u1', [COUNT, 8, 15, 2]), y: labels }, 'bad-dataset-file'],
  [
    'too few labels',
    { x: images, y: npy({ descr: '<i4', shape: [3] }, six.slice(3)) },
    'bad-dataset-file',
  ],
  ['several labels each', { x: images, y: rows(...Array<number>(12).fill(1)) }, 'several-labels'],
  ['no label in a row', { x: images, y: rows(...Array<number>(12).fill(0)) }, 'bad-label'],
  [
    'a label of two billion',
    {
      x: images,
      y: npy(
        { descr: '<i4', shape: [COUNT] },
        six.map(() => 2e9),
      ),
    },
    'too-many-classes',
  ],
  [
    'a label beyond int32',
    {
      x: images,
      y: npy({ descr: '<i8', shape: [COUNT] }, new BigInt64Array(COUNT).fill(1n << 40n)),
    },
    'bad-label',
  ],
  [
    'a negative label',
    {
      x: images,
      y: npy(
        { descr: '<i4', shape: [COUNT] },
        six.map((label) => label - 1),
      ),
    },
    'bad-label',
  ],
  [
    'a label of a half',
    { x: images, y: npy({ descr: '<f8', shape: [COUNT] }, new Float64Array(COUNT).fill(0.5)) },
    'bad-label',
  ],
  [
    'fewer names than classes',
    { x: images, y: labels, classes: npyTexts(['a', 'b'], 1) },
    'bad-label',
  ],
  [
    'Fortran order',
    { x: npy({ descr: '|u1', shape: [COUNT, 8, 10, 3], isFortran: true }, pixels), y: labels },
    'bad-dataset-file',
  ],
  [
    'more pixels than bytes',
    { x: shaped('|u1', [COUNT, 8, 4000, 3]), y: labels },
    'missing-tensor',
  ],
  [
    'a shape beyond all numbers',
    { x: shaped('|u1', [1e9, 1e9, 1e9]), y: labels },
    'missing-tensor',
  ],
  [
    'no images',
    {
      x: shaped('|u1', [0, 8, 10, 3], pixels.slice(0, 0)),
      y: npy({ descr: '<i4', shape: [0] }, new Int32Array(0)),
    },
    'no-images',
  ],
])('A file with %s is refused by its code.', async (_, arrays, code) => {
  await expect(open(arrays)).rejects.toMatchObject({ code, fault: 'input' });
});

test.each([false, true])(
  'A damaged or truncated file is named (deflated: %s).',
  async (compress) => {
    const rng = createRng(1, 'noise');
    const noise = Uint8Array.from({ length: COUNT * ROW }, () => rng.below(256));
    const x = npy({ descr: '|u1', shape: [COUNT, 8, 10, 3] }, noise);
    await open({ x, y: labels }, { compress });
    const path = space.path('data.npz');
    const whole = readFileSync(path);
    for (const at of [300, 700, 1000]) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      writeFileSync(path, flipped);
      const opened = openDataset({ source: path, cacheFolder: space.cache });
      await expect(opened).rejects.toMatchObject({
        code: expect.stringMatching(/^(bad-archive|truncated-file)$/) as string,
      });
    }
    writeFileSync(path, whole.subarray(0, -40));
    const cut = openDataset({ source: path, cacheFolder: space.cache });
    await expect(cut).rejects.toMatchObject({ code: 'truncated-file' });
  },
);

test.each([
  [[0, 0.5, 1], '255 * x'],
  [[-1, 0.25, 1], '127.5 * (x + 1)'],
  [[0, 254, 255], 'x.round()'],
  [[-2.1, 0, 2.6], 'normalized'],
  [[Number.NaN, Number.NaN, Number.NaN], 'no finite numbers'],
])('The way from floats %j to bytes is the one for their range: %s.', async (values, way) => {
  const floats = Float64Array.from({ length: COUNT * ROW }, (_, i) => values[i % 3]!);
  const x = npy({ descr: '<f8', shape: [COUNT, 8, 10, 3] }, floats);
  await expect(open({ x, y: labels })).rejects.toMatchObject({
    code: 'bad-dataset-file',
    message: expect.stringContaining(way) as string,
  });
});
