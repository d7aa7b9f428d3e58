// Parquet files written by pyarrow (fixtures/make_fixtures.py), held against what pyarrow reads back, and
// damaged ones. Images are PNGs, so equal pixels mean equal bytes.
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Dataset, Split } from '../dataset.ts';
import { isUnreadable } from '../image-file.ts';
import { openDataset, type OpenOptions } from '../open.ts';
import { createWorkspace, noisePng, type Workspace } from '../testing/fixtures.ts';
import { findParquet } from './find-parquet.ts';
import { openParquetFile } from './parquet-file.ts';
import { readLeaf } from './read-leaf.ts';

// Each pack that is built is forced to the disk, which a busy disk makes wait.
vi.setConfig({ testTimeout: 30_000 });

const FIXTURES = join(import.meta.dirname, 'fixtures');
const expected = JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8')) as Record<
  string,
  { readonly sha256: readonly (string | null)[]; readonly labels: readonly unknown[] }
>;

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

function open(source: string, options: Partial<OpenOptions> = {}): Promise<Dataset> {
  return openDataset({ source, cacheFolder: space.cache, valFraction: 0, rules: 2, ...options });
}

function labelsOf({ classes }: Dataset, split: Split | undefined): (string | undefined)[] {
  return Array.from(split?.labels ?? [], (label) => classes[label]);
}

test.each(Object.keys(expected))(
  '%s has the bytes and labels that pyarrow reads.',
  async (name) => {
    const path = join(FIXTURES, name);
    const { leaves, groups, rows } = await openParquetFile(path);
    const { mtimeMs } = statSync(path);
    const column = async (leaf: readonly string[]) => {
      const all = [];
      for (const group of groups.keys()) {
        const values = await readLeaf({ path, mtimeMs, group, leaf });
        if (isUnreadable(values)) throw new Error(values.reason);
        all.push(...values);
      }
      return all;
    };
    const bytes = leaves.find(({ type }) => type === 'bytes')?.path ?? [];
    const label = leaves.find(({ path: [top = ''] }) => /label|species/.test(top))?.path ?? [];
    const { sha256, labels } = expected[name] ?? { sha256: [], labels: [] };
    expect(rows).toBe(labels.length);
    const digests = (await column(bytes)).map((value) =>
      value instanceof Uint8Array
        ? createHash('sha256').update(value).digest('hex').slice(0, 16)
        : value,
    );
    expect(digests).toEqual(sha256);
    const texts = (await column(label)).map((value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    );
    expect(texts).toEqual(labels);
  },
);

test('A folder of the hub: splits, class names, what has no label; the pixels are those of the files.', async () => {
  const dataset = await open(join(FIXTURES, 'hub'));
  expect([dataset.kind, dataset.classes]).toEqual(['parquet', ['cat', 'dog', 'fox']]);
  const { train, val, test: held } = dataset.splits;
  expect([train.count, val?.count, held]).toEqual([12, 4, undefined]);
  expect(labelsOf(dataset, train)).toEqual(
    [0, 1, 2, 0, 1, 2, 0, 2, 1, 0, 2, 1].map((label) => dataset.classes[label]),
  );
  expect(train.sourceOf(8)).toBe('data/train-00001-of-00002.parquet, row 1 (img_8.png)');
  expect(dataset.unused).toEqual([
    {
      code: 'without-label',
      count: 2,
      examples: [0, 1].map(
        (row) => `data/test-00000-of-00001.parquet, row ${row} (img_${30 + row}.png)`,
      ),
    },
  ]);
  expect(dataset.layout).toMatchObject({
    layout: 'parquet',
    lists: [{ image: 'image', label: 'label' }],
  });
  // The same images as files.
  await extract('hub/data/train-00000-of-00002.parquet');
  const files = await open(space.root, { imageSize: 16 });
  const columns = await open(join(FIXTURES, 'hub'), { imageSize: 16 });
  const digest = (split: Split, name: string): string => {
    const row = Array.from({ length: split.count }, (_, i) => split.sourceOf(i)).findIndex(
      (source) => source.includes(name),
    );
    return Buffer.from(split.digests.subarray(row * 16, row * 16 + 16)).toString('hex');
  };
  for (let i = 0; i < 7; i++) {
    const name = `img_${i}.png`;
    expect(digest(columns.splits.train, name)).toBe(digest(files.splits.train, name));
  }
});

/** Into two class folders, for a dataset of files. */
async function extract(name: string): Promise<void> {
  const path = join(FIXTURES, name);
  const { groups } = await openParquetFile(path);
  for (const [group, { start }] of groups.entries()) {
    const values = await readLeaf({ path, mtimeMs: 0, group, leaf: ['image', 'bytes'] });
    if (isUnreadable(values)) throw new Error(values.reason);
    values.forEach((value, row) => {
      const number = start + row;
      if (value instanceof Uint8Array) {
        space.write({ [`${'ab'[number % 2]}/img_${number}.png`]: value });
      }
    });
  }
}

test('Texts are classes; an image without one is counted; the validation split is drawn.', async () => {
  const dataset = await open(join(FIXTURES, 'texts.parquet'));
  expect(labelsOf(dataset, dataset.splits.train)).toEqual(['newt', 'carp', 'newt']);
  expect(dataset.unused).toMatchObject([{ code: 'without-label', count: 1 }]);
});

test('Two columns of classes are asked about, with their first values, and chosen by name.', async () => {
  const path = join(FIXTURES, 'two-labels.parquet');
  await expect(open(path)).rejects.toMatchObject({
    code: 'ambiguous-columns',
    details: {
      image: 'img',
      columns: ['img', 'fine_label', 'coarse_label'],
      rows: [
        ['', '0', '0'],
        ['', '1', '0'],
        ['', '2', '1'],
      ],
    },
  });
  const coarse = await open(path, { columns: 'label=coarse_label' });
  expect(labelsOf(coarse, coarse.splits.train)).toEqual(['pet', 'pet', 'wild']);
  await expect(open(path, { columns: 'label=nothing' })).rejects.toMatchObject({
    code: 'unknown-column',
  });
});

test('Rows without bytes are problems with their names.', async () => {
  const { splits, problems } = await open(join(FIXTURES, 'holes.parquet'));
  expect(splits.train.count).toBe(4);
  expect(problems.map(({ source }) => source)).toEqual([
    'holes.parquet, row 4 (elsewhere.png)',
    'holes.parquet, row 5',
  ]);
});

test.each<[string, (bytes: Buffer) => Buffer, string]>([
  ['cut off', (bytes) => bytes.subarray(0, -40), 'bad-parquet'],
  ['of twelve bytes', () => Buffer.from('PAR1\0\0\0\0PAR1'), 'bad-parquet'],
  ['whose footer is longer than it', (bytes) => withFooterLength(bytes, 0x7fffffff), 'bad-parquet'],
  ['whose footer is shorter than it says', (bytes) => withFooterLength(bytes, 60), 'bad-parquet'],
  [
    'whose footer is noise',
    (bytes) => bytes.fill(0xff, bytes.length - 300, bytes.length - 8),
    'bad-parquet',
  ],
])('A file %s gets a sentence.', async (_, damage, code) => {
  const whole = readFileSync(join(FIXTURES, 'codecs/none.parquet'));
  writeFileSync(space.path('x.parquet'), damage(Buffer.from(whole)));
  await expect(open(space.path('x.parquet'))).rejects.toMatchObject({ code, fault: 'input' });
});

function withFooterLength(bytes: Buffer, length: number): Buffer {
  bytes.writeUInt32LE(length, bytes.length - 8);
  return bytes;
}

test('A damaged group of rows costs its rows; noise anywhere never throws anything but a sentence.', async () => {
  const path = space.path('x.parquet');
  const whole = readFileSync(join(FIXTURES, 'hub/data/train-00000-of-00002.parquet'));
  const [, second] = (
    await openParquetFile(join(FIXTURES, 'hub/data/train-00000-of-00002.parquet'))
  ).metadata.row_groups;
  const at = Number(second?.columns[0]?.meta_data?.data_page_offset);
  writeFileSync(path, Buffer.from(whole).fill(0xff, at, at + 60));
  const { splits, problems } = await open(path);
  expect(splits.train.count).toBe(4);
  expect(problems).toHaveLength(3);
  for (let from = 4; from < whole.length - 8; from += 97) {
    writeFileSync(path, Buffer.from(whole).fill(0xa5, from, from + 5));
    const outcome = await open(path).catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome).toMatchObject({ fault: 'input' });
  }
});

test('Files are found by their names, configurations are kept apart, images beside them win.', async () => {
  const names = (found: Awaited<ReturnType<typeof findParquet>>): string[] =>
    (found?.files ?? []).map(({ file, split }) => `${split} ${file}`);
  const write = (paths: readonly string[]): void =>
    paths.forEach((path) => space.write({ [path]: 'x' }));
  write(['data/test.parquet', 'data/train-00000-of-00001-0123abc.parquet', 'data/extra.parquet']);
  const hub = await findParquet(space.root, false);
  expect(names(hub)).toEqual([
    'train data/train-00000-of-00001-0123abc.parquet',
    'test data/test.parquet',
  ]);
  expect(hub?.others).toEqual(['data/extra.parquet']);
  expect(hub?.missing).toEqual([]);
  write(['images/a.png']);
  expect(await findParquet(space.root, false)).toBeUndefined();
  expect(names(await findParquet(space.root, true))).toHaveLength(2);
  space.remove();
  space = createWorkspace();
  write(['default/train/0000.parquet', 'default/train/0001.parquet', 'default/test/0000.parquet']);
  expect(names(await findParquet(space.root, false))).toEqual([
    'train default/train/0000.parquet',
    'train default/train/0001.parquet',
    'test default/test/0000.parquet',
  ]);
  write(['other/train/0000.parquet']);
  await expect(findParquet(space.root, false)).rejects.toMatchObject({
    code: 'several-configurations',
  });
});

test('Parts of a whole that are not there are named.', async () => {
  for (const part of ['train-00001-of-00003', 'test-00000-of-00001']) {
    space.write({ [`data/${part}.parquet`]: 'x' });
  }
  expect((await findParquet(space.root, false))?.missing).toEqual([
    'data/train-00000-of-00003.parquet',
    'data/train-00002-of-00003.parquet',
  ]);
});

test('A file that was written anew is read anew.', async () => {
  cpSync(join(FIXTURES, 'codecs'), space.root, { recursive: true });
  truncateSync(space.path('zstd.parquet'), 100);
  await expect(open(space.path('zstd.parquet'))).rejects.toMatchObject({ code: 'bad-parquet' });
  cpSync(join(FIXTURES, 'texts.parquet'), space.path('zstd.parquet'));
  expect((await open(space.path('zstd.parquet'))).classes).toEqual(['carp', 'newt']);
  space.write({ 'a/x.png': noisePng(8, 1), 'b/y.png': noisePng(8, 2) });
  expect((await open(space.root)).kind).toBe('folder');
});
