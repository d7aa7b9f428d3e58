import { chmodSync, mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Dataset } from './dataset.ts';
import { openDataset, type OpenOptions } from './open.ts';
import type { DataProgress } from './progress.ts';
import {
  createWorkspace,
  flatGreyJpeg,
  jpeg,
  noisePng,
  png,
  type Workspace,
} from './testing/fixtures.ts';
import { imagesOf } from './testing/images-of.ts';

// Each pack that is built is forced to the disk, which a busy disk makes wait.
vi.setConfig({ testTimeout: 30_000 });

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

async function open(options: Partial<OpenOptions> = {}): Promise<Dataset> {
  return openDataset({ source: space.root, cacheFolder: space.cache, valFraction: 0, ...options });
}

function sources(dataset: Dataset, split: 'train' | 'val' | 'test' = 'train'): string[] {
  const found = dataset.splits[split];
  return Array.from({ length: found?.count ?? 0 }, (_, i) => found?.sourceOf(i) ?? '');
}

test('A flat folder gives torchvision’s classes and order: code units, folders below a class too.', async () => {
  const image = noisePng(16, 1);
  space.write({
    'b/2.png': image,
    'b/10.PNG': image,
    'b/deep/1.png': image,
    'b/deep-er/1.png': image,
    'b/deep/er/1.png': image,
    'B/1.png': image,
    'ä/1.png': image,
    'readme.txt': 'hello',
    'b/notes.txt': 'hello',
    'b/.hidden.png': image,
    '__MACOSX/b/1.png': image,
    '.git/1.png': image,
  });
  const dataset = await open();
  expect(dataset.classes).toEqual(['B', 'b', 'ä']);
  expect(sources(dataset)).toEqual([
    'B/1.png',
    'b/10.PNG',
    'b/2.png',
    'b/deep/1.png',
    'b/deep-er/1.png',
    'b/deep/er/1.png',
    'ä/1.png',
  ]);
  expect([...dataset.splits.train.labels]).toEqual([0, 1, 1, 1, 1, 1, 2]);
  expect(dataset.shape).toEqual({ height: 16, width: 16, channels: 3 });
  expect([dataset.kind, dataset.name]).toEqual(['folder', 'set']);
  expect(dataset.unused).toEqual([
    { code: 'system-files', count: 3, examples: ['.git/', '__MACOSX/', 'b/.hidden.png'] },
    { code: 'no-images', count: 2, examples: ['b/notes.txt', 'readme.txt'] },
  ]);
  expect(dataset.splits.val).toBeUndefined();
});

test.each([
  ['train', 'val', 'test'],
  ['Train', 'valid', 'Test'],
  ['TRAIN', 'validation', 'test'],
])('Split folders %s, %s and %s are used as they are.', async (train, val, testFolder) => {
  space.write({
    [`${train}/cat/1.png`]: noisePng(8, 1),
    [`${train}/dog/1.png`]: noisePng(8, 2),
    [`${val}/dog/2.png`]: noisePng(8, 3),
    [`${testFolder}/cat/3.png`]: noisePng(8, 4),
    'extras/cat/9.png': noisePng(8, 5),
  });
  const dataset = await open({ valFraction: 0.5 });
  expect(dataset.classes).toEqual(['cat', 'dog']);
  expect(sources(dataset)).toEqual([`${train}/cat/1.png`, `${train}/dog/1.png`]);
  expect(sources(dataset, 'val')).toEqual([`${val}/dog/2.png`]);
  expect([...(dataset.splits.val?.labels ?? [])]).toEqual([1]);
  expect(sources(dataset, 'test')).toEqual([`${testFolder}/cat/3.png`]);
  expect(dataset.splitOrigin).toEqual({ kind: 'source' });
});

test('Pixels, original sizes and statistics are those of the files.', async () => {
  space.write({
    'a/1.png': png({ width: 40, height: 20 }, (_x, _y, c) => c * 100),
    'b/1.png': png({ width: 20, height: 30 }, (_x, _y, c) => 255 - c * 100),
  });
  const dataset = await open({ imageSize: 8 });
  const { train } = dataset.splits;
  expect(train.originalSizeOf(0)).toEqual({ width: 40, height: 20 });
  expect(train.originalSizeOf(1)).toEqual({ width: 20, height: 30 });
  const rows = new Uint8Array(2 * 192);
  await train.readRows(Int32Array.of(1, 0), rows);
  expect([...rows.subarray(0, 3), ...rows.subarray(192, 195)]).toEqual([255, 155, 55, 0, 100, 200]);
  expect(dataset.statistics.mean[0]).toBeCloseTo(0.5, 6);
  expect(dataset.statistics.std[0]).toBeCloseTo(0.5, 6);
  expect(dataset.statistics.std[1]).toBeCloseTo(27.5 / 255, 6);
});

test.each([
  [
    'the common size',
    [
      [24, 16],
      [24, 16],
    ],
    {},
    { height: 16, width: 24, channels: 3 },
  ],
  [
    '32 for small pictures',
    [
      [40, 60],
      [50, 70],
    ],
    {},
    { height: 32, width: 32, channels: 3 },
  ],
  [
    '64 for large pictures',
    [
      [100, 80],
      [90, 120],
    ],
    {},
    { height: 64, width: 64, channels: 3 },
  ],
  [
    'what was asked',
    [
      [24, 16],
      [24, 16],
    ],
    { imageSize: 12 },
    { height: 12, width: 12, channels: 3 },
  ],
  [
    'grey when asked',
    [
      [24, 24],
      [24, 24],
    ],
    { channels: 1 },
    { height: 24, width: 24, channels: 1 },
  ],
] as const)('The shape is %s.', async (_, [first, second], options, shape) => {
  space.write({
    'a/1.png': png({ width: first[0], height: first[1] }, () => 10),
    'b/1.png': png({ width: second[0], height: second[1] }, () => 20),
  });
  expect((await open(options)).shape).toEqual(shape);
});

test('One channel is kept only when every picture is grey.', async () => {
  const grey = png({ width: 8, height: 8, kind: 'grey' }, () => 5);
  space.write({ 'a/1.png': grey, 'b/1.png': grey, 'b/1.jpg': flatGreyJpeg(8, 8, 9) });
  expect((await open()).shape.channels).toBe(1);
  space.write({ 'b/2.png': noisePng(8, 1) });
  expect((await open()).shape.channels).toBe(3);
});

test('Unusable files are left out and named with the reason.', async () => {
  const photo = await jpeg(32, 32, (x, y) => x * 4 + y);
  space.write({
    'a/good.jpg': photo,
    'a/cut.jpg': photo.subarray(0, photo.length - 40),
    'a/empty.png': '',
    'a/text.png': 'hello',
    'a/picture.jp2': 'II*',
    'b/good.png': noisePng(32, 1),
    'b/png-in-disguise.jpg': noisePng(32, 2),
  });
  symlinkSync(space.path('a'), space.path('b', 'other-class'));
  symlinkSync(space.path('b'), space.path('b', 'loop'));
  symlinkSync(space.path('nowhere.png'), space.path('b', 'broken.png'));
  symlinkSync('self.png', space.path('b', 'self.png'));
  mkdirSync(space.path('b', 'folder.png'));
  const dataset = await open();
  expect(sources(dataset)).toEqual([
    'a/good.jpg',
    'b/good.png',
    'b/png-in-disguise.jpg',
    'b/other-class/good.jpg',
  ]);
  const { problems } = dataset;
  expect(problems.map(({ source, reason }) => `${source} ${reason}`).sort()).toEqual([
    'a/cut.jpg is truncated: it ends before the JPEG end mark',
    'a/empty.png is empty',
    'a/picture.jp2 is a .jp2 file, which is not read; convert it to PNG or JPEG',
    'a/text.png is no image: it is neither JPEG, PNG, WebP, TIFF, AVIF, BMP nor GIF',
    'b/broken.png is missing or a link to nothing',
    'b/loop is a link to a folder that contains it',
    'b/other-class/cut.jpg is truncated: it ends before the JPEG end mark',
    'b/other-class/empty.png is empty',
    'b/other-class/picture.jp2 is a .jp2 file, which is not read; convert it to PNG or JPEG',
    'b/other-class/text.png is no image: it is neither JPEG, PNG, WebP, TIFF, AVIF, BMP nor GIF',
    'b/self.png is a link in a circle',
  ]);
});

test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
  'What may not be read is named: a file is left out, a folder is refused.',
  async () => {
    space.write({
      'a/1.png': noisePng(8, 1),
      'a/2.png': noisePng(8, 2),
      'b/1.png': noisePng(8, 3),
    });
    chmodSync(space.path('a/2.png'), 0);
    expect((await open()).problems).toEqual([
      { source: 'a/2.png', reason: 'may not be read by this user' },
    ]);
    chmodSync(space.root, 0);
    await expect(open()).rejects.toMatchObject({ code: 'no-permission' });
    chmodSync(space.root, 0o755);
  },
);

const image = noisePng(8, 1);
test.each<[string, Record<string, Uint8Array | string>, string, string]>([
  [
    'nothing in it',
    {},
    'no-images',
    'ROOT holds no images; it should hold one folder per class with image files in it.',
  ],
  [
    'images without folders',
    { '1.png': image, '2.jpg': image },
    'no-class-folders',
    'ROOT holds 2 images but no folders; put the images of each class into a folder of its own.',
  ],
  [
    'a train folder without classes',
    { 'train/1.png': image, 'val/1.png': image },
    'no-class-folders',
    'ROOT/train holds 1 images but no folders; put the images of each class into a folder of its own.',
  ],
  [
    'folders without images',
    { 'a/1.txt': 'x', 'b/1.txt': 'x' },
    'no-images',
    'ROOT has 2 folders but no usable images; it should hold one folder per class with image files in it.',
  ],
  [
    'only corrupt images',
    { 'a/1.png': 'x', 'b/1.png': 'x' },
    'no-images',
    'ROOT has 2 folders but no usable images; 2 could not be used, the first: a/1.png is no image: it is neither JPEG, PNG, WebP, TIFF, AVIF, BMP nor GIF.',
  ],
  [
    'one class',
    { 'a/1.png': image },
    'one-class',
    'ROOT has only one class, "a"; a classifier needs two or more. The classes are the folders in it: point at the folder above or below if this is the wrong level.',
  ],
  [
    'a class without images',
    { 'a/1.png': image, 'b/1.txt': 'x', 'c/1.png': image },
    'empty-class',
    'ROOT has no usable training images for "b"; add some or remove the folder.',
  ],
  [
    'a class of corrupt images',
    { 'a/1.png': image, 'b/1.png': 'x', 'c/1.png': image },
    'empty-class',
    'ROOT has no usable training images for "b"; add some or remove the folder. b/1.png is no image: it is neither JPEG, PNG, WebP, TIFF, AVIF, BMP nor GIF.',
  ],
  [
    'val and test only',
    { 'val/a/1.png': image, 'test/a/1.png': image },
    'no-train-split',
    'ROOT holds val and test but no train folder; add one, or point at a folder whose folders are classes.',
  ],
  [
    'two val folders',
    { 'train/a/1.png': image, 'val/a/1.png': image, 'valid/a/1.png': image },
    'two-split-folders',
    'ROOT holds both val and valid, which mean the same split; keep one of them.',
  ],
  [
    'a class only in val',
    { 'train/a/1.png': image, 'val/b/1.png': image },
    'unknown-class',
    'ROOT/val has the class "b", which ROOT/train has not; rename or remove it.',
  ],
])('A folder with %s is refused with a sentence.', async (_, files, code, sentence) => {
  space.write(files);
  await expect(open()).rejects.toMatchObject({
    code,
    fault: 'input',
    message: sentence.replaceAll('ROOT', space.root),
  });
});

test('A path that does not exist, and a file that is no dataset, are refused.', async () => {
  await expect(open({ source: space.path('nowhere') })).rejects.toMatchObject({
    code: 'not-found',
    message: `${space.path('nowhere')} does not exist; check the dataset's path.`,
  });
  space.write({ 'a.png': image });
  await expect(open({ source: space.path('a.png') })).rejects.toMatchObject({
    code: 'not-a-dataset',
    message: `${space.path('a.png')} is a single image; give the folder with one folder for each class.`,
  });
});

test.each([7, 513, 32.5, Number.NaN])('The image size %d is refused.', async (imageSize) => {
  space.write({ 'a/1.png': image, 'b/1.png': image });
  await expect(open({ imageSize })).rejects.toMatchObject({
    code: 'bad-image-size',
    message: `The image size is ${imageSize}; it must be a whole number from 8 to 512.`,
  });
});

test('A lenient opening accepts one class and classes without images.', async () => {
  space.write({ 'a/1.png': image, 'b/1.txt': 'x' });
  expect((await open({ lenient: true })).classes).toEqual(['a', 'b']);
});

test('Progress ends at the number of images, and the second opening decodes nothing.', async () => {
  for (let i = 0; i < 20; i++) space.write({ [`${i % 2}/${i}.png`]: noisePng(8, i) });
  const seen: DataProgress[] = [];
  const first = await open({ onProgress: (progress) => seen.push(progress) });
  expect(seen.filter(({ stage }) => stage === 'decode').at(-1)).toMatchObject({
    done: 20,
    total: 20,
  });
  const again: DataProgress[] = [];
  const second = await open({ onProgress: (progress) => again.push(progress) });
  expect(again.some(({ stage }) => stage === 'decode')).toBe(false);
  expect(second.fingerprint).toBe(first.fingerprint);
  expect(await imagesOf(second.splits.train)).toEqual(await imagesOf(first.splits.train));
});

test('A changed file is noticed; a renamed one changes no pixel and no fingerprint.', async () => {
  space.write({ 'a/1.png': noisePng(8, 1), 'b/1.png': noisePng(8, 2) });
  const before = await open();
  space.write({ 'b/1.png': noisePng(8, 3) });
  utimesSync(space.path('b/1.png'), 1, 1);
  const after = await open();
  expect(after.fingerprint).not.toBe(before.fingerprint);
  const copy = createWorkspace();
  copy.write({ 'a/other.png': noisePng(8, 1), 'b/name.png': noisePng(8, 2) });
  expect((await open({ source: copy.root })).fingerprint).toBe(before.fingerprint);
  copy.remove();
});

test('Cancelling stops the opening with its own code and leaves nothing but what can be continued.', async () => {
  for (let i = 0; i < 40; i++) space.write({ [`${i % 2}/${i}.png`]: noisePng(16, i) });
  const control = new AbortController();
  const opening = open({
    signal: control.signal,
    onProgress: ({ stage }) => {
      if (stage === 'measure') control.abort();
    },
  });
  await expect(opening).rejects.toMatchObject({ code: 'cancelled' });
  const { readdirSync, existsSync } = await import('node:fs');
  const left = existsSync(space.cache) ? readdirSync(space.cache) : [];
  expect(left.filter((name) => !name.endsWith('.part'))).toEqual([]);
});
