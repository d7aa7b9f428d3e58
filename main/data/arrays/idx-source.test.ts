import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Dataset } from '../dataset.ts';
import { openDataset } from '../open.ts';
import { idx } from '../testing/arrays.ts';
import { createWorkspace, type Workspace } from '../testing/fixtures.ts';
import { imagesOf } from '../testing/images-of.ts';

// Each pack that is built is forced to the disk, which a busy disk makes wait.
vi.setConfig({ testTimeout: 30_000 });

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

function open(source = space.root): Promise<Dataset> {
  return openDataset({ source, cacheFolder: space.cache, valFraction: 0 });
}

const pixels = Uint8Array.from({ length: 6 * 80 }, (_, i) => (i * 7) % 251);
const images = idx([6, 8, 10], pixels);
const labels = idx([6], Uint8Array.of(0, 1, 2, 0, 1, 2));

test('Plain and gzipped files are the same dataset, in the folder or where torchvision puts them.', async () => {
  space.write({ 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': labels });
  const plain = await open();
  expect([plain.kind, plain.shape]).toEqual(['idx', { height: 8, width: 10, channels: 1 }]);
  expect(await imagesOf(plain.splits.train)).toEqual(pixels);
  expect([...plain.splits.train.labels]).toEqual([0, 1, 2, 0, 1, 2]);
  space.write({
    'again/MNIST/raw/train-images-idx3-ubyte.gz': gzipSync(images),
    'again/MNIST/raw/train-labels-idx1-ubyte.gz': gzipSync(labels),
  });
  expect((await open(space.path('again'))).fingerprint).toBe(plain.fingerprint);
});

test('t10k is the test split; twins and files without their other half are named.', async () => {
  space.write({
    ...{ 'train-images.idx3-ubyte': images, 'train-labels.idx1-ubyte': labels },
    ...{ 't10k-images.idx3-ubyte': images, 't10k-labels.idx1-ubyte': labels },
    'train-images-idx3-ubyte.gz': gzipSync(images),
    'val-images-idx3-ubyte': images,
  });
  const { splits, problems } = await open();
  expect([splits.train.count, splits.test?.count, splits.val]).toEqual([6, 6, undefined]);
  expect(problems.map(({ source }) => source)).toEqual([
    'train-images.idx3-ubyte',
    'val-images-idx3-ubyte',
  ]);
});

test('One of EMNIST’s sets is opened by naming a file; its classes are letters.', async () => {
  for (const name of ['letters', 'digits']) {
    space.write({
      [`emnist-${name}-train-images-idx3-ubyte.gz`]: gzipSync(images),
      [`emnist-${name}-train-labels-idx1-ubyte.gz`]: gzipSync(
        idx([6], Uint8Array.of(1, 2, 3, 1, 2, 3)),
      ),
    });
  }
  space.write({ 'emnist-letters-mapping.txt': '1 65 97\n2 66 98\n3 67 99\n' });
  await expect(open()).rejects.toMatchObject({ code: 'several-datasets' });
  const letters = await open(space.path('emnist-letters-train-images-idx3-ubyte.gz'));
  expect([letters.name, letters.classes]).toEqual(['emnist-letters', ['A', 'B', 'C']]);
  const digits = await open(space.path('emnist-digits-train-images-idx3-ubyte.gz'));
  expect(digits.classes).toEqual(['1', '2', '3']);
});

const cut = (bytes: Buffer, count: number): Buffer => bytes.subarray(0, bytes.length - count);
const more = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(3)]);
const gz = (bytes: Buffer): Buffer => gzipSync(bytes);

test.each<[string, Buffer, Buffer, string]>([
  ['cut images', cut(images, 5), labels, 'truncated-file'],
  ['cut labels', images, cut(labels, 1), 'truncated-file'],
  ['a header alone', images.subarray(0, 6), labels, 'truncated-file'],
  ['too many bytes', Buffer.concat([images, Buffer.alloc(3)]), labels, 'truncated-file'],
  [
    'floats',
    Buffer.concat([Buffer.from([0, 0, 13, 3]), images.subarray(4)]),
    labels,
    'bad-dataset-file',
  ],
  ['labels as images', labels, labels, 'bad-dataset-file'],
  ['fewer labels than images', images, idx([5], new Uint8Array(5)), 'bad-dataset-file'],
  ['images without a side', idx([6, 0, 10], new Uint8Array(0)), labels, 'bad-dataset-file'],
  ['no images', idx([0, 8, 10], new Uint8Array(0)), idx([0], new Uint8Array(0)), 'no-images'],
])('Files with %s are refused by their code.', async (_, badImages, badLabels, code) => {
  space.write({ 'train-images-idx3-ubyte': badImages, 'train-labels-idx1-ubyte': badLabels });
  await expect(open()).rejects.toMatchObject({ code, fault: 'input' });
});

test.each<[string, Buffer, Buffer, string]>([
  ['gzipped data that is cut', cut(gz(images), 20), gz(labels), 'truncated-file'],
  ['too few bytes inside', gz(cut(images, 100)), gz(labels), 'truncated-file'],
  [
    'four billion images announced',
    gz(idx([4e9, 8, 10], new Uint8Array(10))),
    gz(labels),
    'too-many-images',
  ],
  [
    'huge images announced',
    gz(idx([6, 4e9, 4e9], new Uint8Array(10))),
    gz(labels),
    'bad-dataset-file',
  ],
  ['images behind those announced', gz(more(images)), gz(labels), 'too-many-bytes'],
  ['labels behind those announced', gz(images), gz(more(labels)), 'too-many-bytes'],
  ['labels that are none', gz(images), gz(cut(labels, 2)), 'truncated-file'],
  ['no gzip', images, labels, 'bad-archive'],
])('Gzipped files with %s are refused by their code.', async (_, badImages, badLabels, code) => {
  space.write({ 'train-images-idx3-ubyte.gz': badImages, 'train-labels-idx1-ubyte.gz': badLabels });
  await expect(open()).rejects.toMatchObject({ code, fault: 'input' });
});

test('Training images without their labels are a missing file.', async () => {
  space.write({ 'train-images-idx3-ubyte': images, 't10k-labels-idx1-ubyte': labels });
  await expect(open()).rejects.toMatchObject({ code: 'missing-file' });
});
