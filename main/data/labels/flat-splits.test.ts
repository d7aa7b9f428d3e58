// Datasets whose val or test images lie flat beside a list of labels, as ImageNet, tiny-imagenet-200 and
// GTSRB are given out. Files are empty: listing opens lists only.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { diskTree } from '../disk-tree.ts';
import { listImageFolder, type FolderListing, type LayoutOptions } from '../folder-listing.ts';
import { describeLayout } from '../layout/layout-facts.ts';
import { createWorkspace, type Workspace } from '../testing/fixtures.ts';

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

type Files = Readonly<Record<string, string>>;

function write(images: readonly string[], files: Files): void {
  space.write({ ...Object.fromEntries(images.map((path) => [path, ''])), ...files });
}

function list(options: LayoutOptions = {}): Promise<FolderListing> {
  return listImageFolder(diskTree(space.root), {}, options);
}

/** Class by file of a split. */
function labelsOf({ files, classes }: FolderListing, split: string): Record<string, string> {
  const own = files.filter((file) => file.split === split);
  return Object.fromEntries(own.map(({ path, label }) => [path, classes[label] ?? '']));
}

const TRAIN = ['train/n01/a.JPEG', 'train/n02/b.JPEG', 'train/n03/c.JPEG'];
const VAL = ['val/v1.JPEG', 'val/v2.JPEG', 'val/v3.JPEG'];
const EXPECTED = { 'val/v1.JPEG': 'n02', 'val/v2.JPEG': 'n01', 'val/v3.JPEG': 'n03' };

test.each<[string, Files]>([
  ['synsets', { 'val.txt': 'v1.JPEG n02\nv2.JPEG n01\nv3.JPEG n03\n' }],
  ['numbers from 0', { 'val.txt': 'v1.JPEG 1\nv2.JPEG 0\nv3.JPEG 2\n' }],
  [
    'numbers that a list of training images explains',
    {
      'val.txt': 'v1.JPEG 1\nv2.JPEG 3\nv3.JPEG 2\n',
      'train.txt': 'n01/a.JPEG 3\nn02/b.JPEG 1\nn03/c.JPEG 2\n',
    },
  ],
  [
    'boxes after the class',
    {
      'LOC_val_solution.csv':
        'ImageId,PredictionString\nv1,n02 85 1 499 272 \nv2,n01 1 1 2 2 n01 3 3 4 4 \nv3,n03 1 2 3 4\n',
    },
  ],
  [
    'boxes in columns',
    {
      'val/val_annotations.txt':
        'v1.JPEG\tn02\t0\t32\t44\t62\nv2.JPEG\tn01\t0\t32\t44\t62\nv3.JPEG\tn03\t1\t32\t45\t62\n',
      'words.txt': 'n01\ttench\nn02\tshark\n',
      'wnids.txt': 'n02\nn01\nn03\n',
    },
  ],
  ['a folder of lists', { 'meta/labels.csv': 'file,label\nv1,n02\nv2,n01\nv3,n03\na,n01\n' }],
])('A flat val folder with %s is read by its list.', async (_, files) => {
  write([...TRAIN, ...VAL], files);
  const listing = await list();
  expect(labelsOf(listing, 'val')).toEqual(EXPECTED);
  expect(labelsOf(listing, 'train')['train/n01/a.JPEG']).toBe('n01');
  expect([listing.layout.layout, listing.layout.isChosen]).toEqual(['split/class+list', false]);
  expect(listing.problems).toEqual([]);
  expect(listing.layout.lists).toMatchObject([{ labels: 'val', unmatchedRows: 0 }]);
  const said = describeLayout(listing.layout).join(' ');
  expect(said).toContain(Object.keys(files)[0]);
});

test('tiny-imagenet-200: images folders, boxes for each class, a test split without labels.', async () => {
  const images = ['n01', 'n02'].flatMap((name) =>
    [0, 1].map((i) => `train/${name}/images/${name}_${i}.JPEG`),
  );
  write([...images, 'val/images/val_0.JPEG', 'val/images/val_1.JPEG', 'test/images/test_0.JPEG'], {
    'train/n01/n01_boxes.txt': 'n01_0.JPEG\t0\t10\t63\t58\nn01_1.JPEG\t6\t2\t44\t61\n',
    'train/n02/n02_boxes.txt': 'n02_0.JPEG\t3\t10\t60\t58\nn02_1.JPEG\t6\t2\t44\t61\n',
    'val/val_annotations.txt': 'val_0.JPEG\tn02\t0\t32\t44\t62\nval_1.JPEG\tn01\t52\t55\t57\t59\n',
    'wnids.txt': 'n01\nn02\n',
    'words.txt': 'n01\tgoldfish, Carassius auratus\nn02\tnewt\n',
  });
  const listing = await list();
  expect(labelsOf(listing, 'val')).toEqual({
    'val/images/val_0.JPEG': 'n02',
    'val/images/val_1.JPEG': 'n01',
  });
  expect(listing.files.filter(({ split }) => split === 'train')).toHaveLength(4);
  expect(listing.unused.map(({ code, count }) => [code, count])).toEqual([
    ['no-images', 4],
    ['without-class', 1],
  ]);
});

test('GTSRB: a flat test folder, zero-padded class folders, several columns of small numbers.', async () => {
  write(
    ['Train/00000/a.png', 'Train/00001/b.png', 'Train/00002/c.png', 'Test/0.png', 'Test/1.png'],
    {
      'Test.csv': 'Width,Height,Roi.X1,ClassId,Path\n2,2,1,2,Test/0.png\n1,2,0,0,Test/1.png\n',
      'Train.csv': 'Width,Height,Roi.X1,ClassId,Path\n2,2,1,0,Train/00000/a.png\n',
    },
  );
  const listing = await list();
  expect(labelsOf(listing, 'test')).toEqual({ 'Test/0.png': '00002', 'Test/1.png': '00000' });
  expect(listing.layout.layout).toBe('split/class+list');
});

test('Rows without an image, images without a row and rows of no class are counted, both ways.', async () => {
  write([...TRAIN, ...VAL, 'val/v4.JPEG'], {
    'val.txt': 'missing.JPEG n01\nv1.JPEG n02\nv2.JPEG bus\nv3.JPEG n03\nv3.JPEG n01\n',
  });
  const listing = await list();
  expect(labelsOf(listing, 'val')).toEqual({ 'val/v1.JPEG': 'n02', 'val/v3.JPEG': 'n03' });
  expect(listing.problems.map(({ source }) => source)).toEqual([
    'val.txt, row 1 (missing.JPEG)',
    'val.txt, row 3 (v2.JPEG)',
    'val.txt, row 5 (v3.JPEG)',
  ]);
  expect(listing.unused).toEqual([
    { code: 'not-in-list', count: 2, examples: ['val/v2.JPEG', 'val/v4.JPEG'] },
  ]);
  expect(listing.layout.lists?.[0]?.unmatchedRows).toBe(3);
  // Every file is used, a problem, unused, or the list.
  expect(listing.files.length + 2 + 1).toBe(TRAIN.length + VAL.length + 1 + 1);
});

test.each<[string, Files, RegExp]>([
  ['numbers from 1', { 'val.txt': 'v1.JPEG 1\nv2.JPEG 3\nv3.JPEG 2\n' }, /up to 3/],
  ['labels of something else', { 'val.txt': 'v1.JPEG bus\nv2.JPEG car\nv3.JPEG bus\n' }, /"bus"/],
  ['no list', {}, /without class folders/],
])('A flat val folder with %s is asked about, never guessed.', async (_, files, said) => {
  write([...TRAIN, ...VAL], files);
  await expect(list()).rejects.toMatchObject({
    ...{ code: 'ambiguous-layout', message: expect.stringMatching(said) as string },
    details: { readings: [{ layout: 'train/class' }] },
  });
  await expect(list({ layout: 'split/class+list' })).rejects.toMatchObject({
    code: 'no-label-list',
  });
  expect((await list({ layout: 'train/class' })).files).toHaveLength(3);
});

test('Two lists that differ are asked about; one is chosen by name.', async () => {
  write([...TRAIN, ...VAL], {
    'val.txt': 'v1.JPEG n02\nv2.JPEG n01\nv3.JPEG n03\n',
    'val_old.txt': 'v1.JPEG n03\nv2.JPEG n01\nv3.JPEG n03\n',
  });
  await expect(list()).rejects.toMatchObject({
    code: 'ambiguous-columns',
    details: { files: ['val.txt', 'val_old.txt'] },
  });
  const chosen = await list({ columns: 'file=val_old.txt' });
  expect(labelsOf(chosen, 'val')['val/v1.JPEG']).toBe('n03');
});
