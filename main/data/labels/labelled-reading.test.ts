import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Dataset, Split } from '../dataset.ts';
import { openDataset, type OpenOptions } from '../open.ts';
import { createWorkspace, noisePng, type Workspace } from '../testing/fixtures.ts';

// Each pack that is built is forced to the disk, which a busy disk makes wait.
vi.setConfig({ testTimeout: 30_000 });

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

const pictures = Array.from({ length: 8 }, (_, i) => noisePng(8, i));

function writeImages(names: readonly string[]): void {
  names.forEach((name, i) => space.write({ [name]: pictures[i % 8] ?? '' }));
}

function open(options: Partial<OpenOptions> = {}): Promise<Dataset> {
  return openDataset({
    ...{ source: space.root, cacheFolder: space.cache, valFraction: 0, rules: 2 },
    ...options,
  });
}

/** Class by file. */
function labelsOf({ classes }: Dataset, split: Split | undefined): Record<string, string> {
  const count = split?.count ?? 0;
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      split?.sourceOf(i) ?? '',
      classes[split?.labels[i] ?? -1] ?? '',
    ]),
  );
}

const FOUR = ['images/a.png', 'images/b.png', 'images/c.png', 'images/d.png'];
const EXPECTED = {
  'images/a.png': 'cat',
  'images/b.png': 'dog',
  'images/c.png': 'cat',
  'images/d.png': 'dog',
};

test.each<[string, string, string | Buffer]>([
  ['ids without extension', 'labels.csv', 'id,label\na,cat\nb,dog\nc,cat\nd,dog\n'],
  ['file names', 'images/x.csv', 'filename,class\na.png,cat\nb.png,dog\nc.png,cat\nd.png,dog'],
  [
    'paths of another machine',
    'l.csv',
    'f,label\nD:\\z\\images\\a.jpg,cat\n/x/b.png,dog\n./c,cat\n../images/d.png,dog',
  ],
  [
    'quotes, a mark and semicolons',
    'l.csv',
    '\ufeff"id";"a";"label"\r\n"a";"1;2";"cat"\r\nb;3;dog\r\nc;4;cat\r\nd;5;dog\r\n',
  ],
  ['tabs', 'l.tsv', 'score\timage\tlabel\n1\ta\tcat\n2\tb\tdog\n3\tc\tcat\n4\td\tdog\n'],
  ['UTF-16', 'l.csv', Buffer.from('\ufeffid,label\na,cat\nb,dog\nc,cat\nd,dog\n', 'utf16le')],
  [
    'UTF-16 of the other byte order',
    'l.csv',
    Buffer.from('\ufeffid,label\na,cat\nb,dog\nc,cat\nd,dog\n', 'utf16le').swap16(),
  ],
  ['spaces and no header', 'list.txt', 'a.png cat\nb.png dog\nc.png cat\nd.png dog\n'],
  ['one-hot columns', 'l.csv', 'image,cat,dog\na,1,0\nb,0.0,1.0\nc,1,0\nd,0,1\n'],
  [
    'numbers and names of the same classes',
    'l.csv',
    'id,class_id,class\na,7,cat\nb,3,dog\nc,7,cat\nd,3,dog\n',
  ],
  [
    'a column without a known name',
    'l.csv',
    'id,weight,animal\na,1,cat\nb,2,dog\nc,3,cat\nd,4,dog\n',
  ],
])('A list of labels with %s is read.', async (_, file, text) => {
  writeImages(FOUR);
  space.write({ [file]: text });
  const dataset = await open();
  expect(labelsOf(dataset, dataset.splits.train)).toEqual(EXPECTED);
  expect(dataset.layout?.layout).toBe('list');
  expect([dataset.problems, dataset.unused]).toEqual([[], []]);
});

test('Rows without an image and images without a row are counted and named.', async () => {
  writeImages(FOUR);
  space.write({
    'labels.csv': 'id,label\na,cat\nb,dog\nc,\nzz,dog\na,dog\n',
    'notes.txt': 'hello',
  });
  const { splits, problems, unused, layout } = await open();
  expect(splits.train.count).toBe(2);
  expect(problems.map(({ source }) => source)).toEqual([
    'labels.csv, row 4 (c)',
    'labels.csv, row 5 (zz)',
    'labels.csv, row 6 (a)',
  ]);
  expect(layout?.lists?.[0]?.unmatchedRows).toBe(3);
  expect(unused).toEqual([
    { code: 'no-images', count: 1, examples: ['notes.txt'] },
    { code: 'not-in-list', count: 2, examples: ['images/c.png', 'images/d.png'] },
  ]);
});

test('Splits come from a column, from the names of several lists, or from folders.', async () => {
  writeImages(FOUR);
  space.write({ 'l.csv': 'id,set,label\na,train,cat\nb,Train,dog\nc,valid,cat\nd,TEST,dog\n' });
  const column = await open();
  expect(labelsOf(column, column.splits.val)).toEqual({ 'images/c.png': 'cat' });
  expect(labelsOf(column, column.splits.test)).toEqual({ 'images/d.png': 'dog' });
  space.write({
    'l.csv': '',
    'train.csv': 'id,y\na,cat\nb,dog\n',
    'val.csv': 'id,y\nc,cat\nd,dog\n',
  });
  const lists = await open();
  expect([lists.splits.train.count, lists.splits.val?.count]).toEqual([2, 2]);
  space.write({ 'val.csv': 'id,y\n', 'train.csv': 'id,y\ne,cat\nf,dog\n' });
  writeImages(['train/e.png', 'train/f.png', 'test/g.png']);
  const kaggle = await open();
  expect(labelsOf(kaggle, kaggle.splits.train)).toEqual({
    'train/e.png': 'cat',
    'train/f.png': 'dog',
  });
});

test('Equal names in several folders are told apart by their paths, or not used.', async () => {
  writeImages(['x/1.png', 'y/1.png', 'x/2.png']);
  space.write({ 'l.csv': 'file,label\nx/1.png,cat\ny/1.png,dog\n2,cat\n1,cat\n' });
  const dataset = await open({ layout: 'list' });
  expect(labelsOf(dataset, dataset.splits.train)).toEqual({
    ...{ 'x/1.png': 'cat', 'y/1.png': 'dog', 'x/2.png': 'cat' },
  });
  expect(dataset.problems).toMatchObject([
    { reason: 'could name several images, e.g. x/1.png and y/1.png' },
  ]);
});

test('What is not clear is asked with the columns and some rows, and answered by name.', async () => {
  writeImages(FOUR);
  space.write({ 'l.csv': 'id,colour,shape\na,red,x\nb,red,y\nc,blue,x\nd,blue,y\n' });
  await expect(open()).rejects.toMatchObject({
    code: 'ambiguous-columns',
    details: {
      ...{ file: 'l.csv', image: 'id', columns: ['id', 'colour', 'shape'] },
      rows: expect.arrayContaining([['a', 'red', 'x']]) as string[][],
    },
  });
  const shapes = await open({ columns: 'label=shape' });
  expect([shapes.classes, shapes.layout?.columns]).toEqual([['x', 'y'], 'label=shape']);
  expect((await open({ columns: 'image=id, label=Colour' })).classes).toEqual(['blue', 'red']);
});

test('Folders that agree with a list are read as folders; where they differ, it is asked.', async () => {
  writeImages(['cat/a.png', 'cat/b.png', 'dog/c.png', 'dog/d.png']);
  space.write({ 'l.csv': 'id,label\na,cat\nb,cat\nc,dog\nd,dog\n' });
  expect((await open()).layout?.layout).toBe('class');
  space.write({ 'l.csv': 'id,label\na,old\nb,new\nc,old\nd,new\n' });
  await expect(open()).rejects.toMatchObject({ code: 'ambiguous-layout' });
  expect((await open({ layout: 'list' })).classes).toEqual(['new', 'old']);
  expect((await open({ layout: 'class' })).classes).toEqual(['cat', 'dog']);
});

test.each<[string, string, Partial<OpenOptions>, string]>([
  ['several labels each', 'id,cat,dog\na,1,1\nb,0,1\nc,1,0\nd,0,1\n', {}, 'several-labels'],
  [
    'an unknown column asked for',
    'id,label\na,x\nb,y\n',
    { columns: 'label=nothing' },
    'unknown-column',
  ],
  ['columns that cannot be understood', 'id,label\na,x\n', { columns: 'shape' }, 'bad-columns'],
  ['no row that names an image', 'id,label\nq,x\nr,y\n', { layout: 'list' }, 'no-label-list'],
  ['one class', 'id,label\na,x\nb,x\nc,x\nd,x\n', {}, 'one-class'],
  ['a line without end', `id,label\na,"${'x'.repeat(3 << 20)}\n`, {}, 'bad-label-file'],
])('A list with %s is refused by its code.', async (_, text, options, code) => {
  writeImages(FOUR);
  space.write({ 'l.csv': text });
  await expect(open(options)).rejects.toMatchObject({ code, fault: 'input' });
});

test('A table whose rows name no image is refused where folders give one class or none, not passed over.', async () => {
  writeImages(FOUR);
  space.write({ 'labels.csv': 'id,label\nx,cat\ny,dog\n' });
  await expect(open()).rejects.toMatchObject({ code: 'unmatched-labels', fault: 'input' });
  await expect(open({ layout: 'class' })).rejects.toMatchObject({ code: 'one-class' });
  writeImages(['more/e.png']);
  expect((await open()).classes).toEqual(['images', 'more']);
});
