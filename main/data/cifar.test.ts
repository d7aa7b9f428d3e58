import { writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openDataset } from './open.ts';
import type { Dataset } from './dataset.ts';
import { createWorkspace, type Workspace } from './testing/fixtures.ts';

// Each pack that is built is forced to the disk, which a busy disk makes wait.
vi.setConfig({ testTimeout: 30_000 });

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

function open(source = space.root, valFraction = 0): Promise<Dataset> {
  return openDataset({ source, cacheFolder: space.cache, valFraction });
}

/** Records whose red plane counts 0 … 255, green is the label and blue the record's number. */
function records(labels: readonly number[], labelBytes = 1): Buffer {
  return Buffer.concat(
    labels.map((label, record) => {
      const bytes = Buffer.alloc(labelBytes + 3072);
      bytes[labelBytes - 1] = label;
      for (let i = 0; i < 1024; i++) bytes[labelBytes + i] = i % 256;
      bytes.fill(label, labelBytes + 1024, labelBytes + 2048);
      bytes.fill(record, labelBytes + 2048);
      return bytes;
    }),
  );
}

const ALL_TEN = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const cifar10 = {
  'data_batch_1.bin': records(ALL_TEN),
  'data_batch_2.bin': records([3, 9]),
  'test_batch.bin': records([5]),
  'batches.meta.txt': 'airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n',
};

async function archive(files: Readonly<Record<string, Buffer | string>>): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: 'cifar-10-batches-bin', type: 'directory' });
  for (const [name, bytes] of Object.entries(files)) {
    tar.entry({ name: `cifar-10-batches-bin/${name}` }, bytes);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

test('CIFAR-10 batches become rows of interleaved colour, in order, test kept apart.', async () => {
  space.write(cifar10);
  const dataset = await open();
  expect([dataset.kind, dataset.classes[3], dataset.classes.length]).toEqual([
    'cifar10',
    'cat',
    10,
  ]);
  expect(dataset.shape).toEqual({ height: 32, width: 32, channels: 3 });
  const { train, test: testSplit, val } = dataset.splits;
  expect([train.count, testSplit?.count, val]).toEqual([12, 1, undefined]);
  expect([...train.labels]).toEqual([...ALL_TEN, 3, 9]);
  expect(train.sourceOf(11)).toBe('data_batch_2.bin#1');
  const row = new Uint8Array(3072);
  await train.readRows(Int32Array.of(11), row);
  expect([...row.subarray(0, 9)]).toEqual([0, 9, 1, 1, 9, 1, 2, 9, 1]);
  expect([...row.subarray(-3)]).toEqual([255, 9, 1]);
});

test('A validation split is drawn from the batches, and is recorded.', async () => {
  space.write({ ...cifar10, 'data_batch_2.bin': records([...ALL_TEN, ...ALL_TEN]) });
  const dataset = await open(space.root, 0.34);
  expect(dataset.splits.val?.count).toBe(10);
  expect([...dataset.splits.val!.labels].sort((a, b) => a - b)).toEqual(ALL_TEN);
  expect(dataset.splitOrigin).toEqual({ kind: 'drawn', valFraction: 0.34, seed: 0 });
});

test('The archive and the folder of it are the same data.', async () => {
  space.write(cifar10);
  const path = `${space.root}.tar.gz`;
  // In an order of its own, as the official archive has.
  const { 'data_batch_1.bin': first, ...rest } = cifar10;
  writeFileSync(path, await archive({ ...rest, 'data_batch_1.bin': first, 'readme.html': 'x' }));
  const [folder, packed] = [await open(), await open(path)];
  expect(packed.fingerprint).toBe(folder.fingerprint);
  expect([packed.kind, packed.name]).toEqual(['cifar10', 'set']);
  expect(packed.splits.train.sourceOf(11)).toBe('data_batch_2.bin#1');
});

test('CIFAR-100 uses the fine labels and names.', async () => {
  const names = Array.from({ length: 100 }, (_, i) => `fine ${i}`);
  space.write({
    'cifar-100-binary/train.bin': records([...Array(100).keys()], 2),
    'cifar-100-binary/test.bin': records([42], 2),
    'cifar-100-binary/fine_label_names.txt': names.join('\n'),
  });
  const dataset = await open();
  expect([dataset.kind, dataset.classes[42], dataset.splits.train.count]).toEqual([
    'cifar100',
    'fine 42',
    100,
  ]);
  expect([...(dataset.splits.test?.labels ?? [])]).toEqual([42]);
});

test.each<[string, Record<string, Buffer | string>, string, string]>([
  [
    'a truncated batch',
    { 'data_batch_1.bin': records(ALL_TEN).subarray(0, -100) },
    'truncated-file',
    'data_batch_1.bin in ROOT is truncated: 30630 bytes instead of 30730 (CIFAR-10 has records of 3073 bytes); fetch the dataset again.',
  ],
  [
    'an empty batch',
    { 'data_batch_1.bin': '' },
    'truncated-file',
    'data_batch_1.bin in ROOT is truncated: 0 bytes instead of 3073 (CIFAR-10 has records of 3073 bytes); fetch the dataset again.',
  ],
  [
    'a missing batch',
    { 'data_batch_1.bin': records(ALL_TEN), 'data_batch_3.bin': records([1]) },
    'missing-file',
    'ROOT lacks data_batch_2.bin of CIFAR-10; fetch the dataset again.',
  ],
  [
    'an impossible label',
    { 'data_batch_1.bin': records([0, 12]) },
    'bad-label',
    'Record 1 of data_batch_1.bin in ROOT has the label 12; CIFAR-10 has 10 classes. The file is damaged; fetch it again.',
  ],
  [
    'a truncated CIFAR-100',
    { 'train.bin': records([1], 2).subarray(0, -1) },
    'truncated-file',
    'train.bin in ROOT is truncated: 3073 bytes instead of 3074 (CIFAR-100 has records of 3074 bytes); fetch the dataset again.',
  ],
])('A folder with %s is refused with a sentence.', async (_, files, code, sentence) => {
  space.write(files);
  await expect(open()).rejects.toMatchObject({
    code,
    message: sentence.replace('ROOT', space.root),
  });
});

test('CIFAR in a tar that is not compressed is CIFAR too.', async () => {
  const path = space.path('c.tar');
  writeFileSync(path, gunzipSync(await archive(cifar10)));
  const packed = space.path('c.tar.gz');
  writeFileSync(packed, await archive(cifar10));
  const [plain, zipped] = [await open(path), await open(packed)];
  expect([plain.kind, plain.fingerprint]).toEqual(['cifar10', zipped.fingerprint]);
});

test('One batch of the official size makes a whole but shorter one truncated.', async () => {
  space.write({
    'data_batch_1.bin': Buffer.alloc(30_730_000),
    'data_batch_2.bin': records([1]),
  });
  await expect(open()).rejects.toMatchObject({
    code: 'truncated-file',
    details: { expected: 30_730_000, given: 3073 },
  });
});

test.each<[string, (whole: Buffer) => Buffer | Promise<Buffer>, string, string]>([
  [
    'cut in its gzip data',
    (whole) => whole.subarray(0, whole.length >> 1),
    'truncated-file',
    'PATH is truncated: the archive ends too early; fetch it again.',
  ],
  [
    'with a damaged gzip stream',
    (whole) => Buffer.from(whole).fill(0xff, 60, 120),
    'bad-archive',
    'PATH is damaged: ',
  ],
  [
    'with a cut tar inside',
    async () => {
      return gzipSync(gunzipSync(await archive(cifar10)).subarray(0, 20_000));
    },
    'truncated-file',
    'PATH is truncated: the archive ends too early; fetch it again.',
  ],
  [
    'that is no tar',
    () => gzipSync(Buffer.alloc(4096, 7)),
    'bad-archive',
    'PATH holds no tar archive; zip, tar and tar.gz are read.',
  ],
  [
    'of the Python version',
    () => archive({ data_batch_1: 'x', 'batches.meta': 'x' }),
    'unknown-archive',
    'PATH is the Python version of CIFAR; fetch the binary version ("…-binary.tar.gz").',
  ],
  [
    'with a truncated batch',
    () => archive({ ...cifar10, 'data_batch_2.bin': Buffer.alloc(10) }),
    'truncated-file',
    'data_batch_2.bin in PATH is truncated: 10 bytes instead of 3073 (CIFAR-10 has records of 3073 bytes); fetch the dataset again.',
  ],
])('An archive %s is refused with a sentence.', async (_, change, code, sentence) => {
  const path = space.path('c.tar.gz');
  writeFileSync(path, await change(await archive(cifar10)));
  await expect(open(path)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(sentence.replace('PATH', path)) as string,
  });
});
