import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDataset } from './open.ts';
import { createWorkspace, flatGreyJpeg, noisePng, type Workspace } from './testing/fixtures.ts';

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

test.each<[string, Buffer | string]>([
  ['data.h5', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1')],
  ['data.mat', 'MATLAB 5.0 MAT-file'],
  ['train.npy', Buffer.from('\x93NUMPY\x01\x00', 'latin1')],
  ['data_batch_1', Buffer.from('\x80\x02}q\x01', 'latin1')],
  ['weights.pkl', 'anything'],
  ['labels.csv', 'id,label\n'],
  ['cat.png', noisePng(8, 1)],
  ['cat.tif', Buffer.from('II*\0', 'latin1')],
])('The file %s is named, with what to do.', async (name, bytes) => {
  space.write({ [name]: bytes });
  const opened = openDataset({ source: space.path(name), cacheFolder: space.cache });
  await expect(opened).rejects.toMatchObject({ code: 'not-a-dataset', fault: 'input' });
});

test.each<[string, readonly string[]]>([
  ['CIFAR-10', ['data_batch_1', 'data_batch_2', 'test_batch', 'batches.meta']],
  [
    'CIFAR-10 in its folder',
    ['cifar-10-batches-py/data_batch_1', 'cifar-10-batches-py/batches.meta'],
  ],
  ['CIFAR-100', ['train', 'test', 'meta']],
])('The Python version of %s is named with the way to the binary one.', async (_, names) => {
  for (const name of names) space.write({ [name]: Buffer.from('\x80\x02}q\x01', 'latin1') });
  const opened = openDataset({ source: space.root, cacheFolder: space.cache });
  await expect(opened).rejects.toMatchObject({ code: 'cifar-python', fault: 'input' });
});

test.skipIf(process.platform === 'win32')('A pipe in a folder is not waited for.', async () => {
  for (const [i, name] of ['a', 'b'].entries()) space.write({ [`${name}/1.png`]: noisePng(8, i) });
  execFileSync('mkfifo', [space.path('a', 'pipe')]);
  const { problems, splits } = await openDataset({
    ...{ source: space.root, cacheFolder: space.cache, valFraction: 0, rules: 2 },
  });
  expect([splits.train.count, problems.map(({ source }) => source)]).toEqual([2, ['a/pipe']]);
});

test('Images are known by their first bytes, whatever they are called; runs of before do not see them.', async () => {
  const jpeg = flatGreyJpeg(8, 8, 90);
  space.write({
    ...{ 'a/1.jfif': jpeg, 'a/2.jpe': jpeg, 'a/3': noisePng(8, 3), 'a/4.jpg.bak': noisePng(8, 4) },
    ...{ 'b/5.png': noisePng(8, 5), 'b/notes': 'no image', 'b/6.dat': Buffer.alloc(0) },
  });
  const options = { source: space.root, cacheFolder: space.cache, valFraction: 0 };
  const { splits, unused } = await openDataset({ ...options, rules: 2 });
  expect(splits.train.count).toBe(5);
  expect(unused).toEqual([{ code: 'no-images', count: 2, examples: ['b/6.dat', 'b/notes'] }]);
  await expect(openDataset({ ...options, rules: 1 })).rejects.toMatchObject({
    code: 'empty-class',
  });
});
