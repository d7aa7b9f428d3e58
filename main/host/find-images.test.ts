import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../host/testing/host-fixtures.ts';
import { findImages } from './find-images.ts';

function folderOf(...names: readonly string[]): string {
  const folder = temporaryFolder();
  for (const name of names) {
    fs.mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), 'x');
  }
  return folder;
}

test('a folder gives all images in it, each once, and names what it leaves out', async () => {
  const folder = folderOf('b.png', 'a/[1].JPG', 'a/notes.txt', '.thumbs/c.png');
  const { files, leftOut } = await findImages([folder, path.join(folder, 'b.png')]);
  expect(files.map((file) => path.relative(folder, file))).toEqual([
    path.join('a', '[1].JPG'),
    'b.png',
  ]);
  expect(leftOut.map((file) => path.relative(folder, file))).toEqual([path.join('a', 'notes.txt')]);
});

test('an image without a known ending is found by its first bytes, as in a dataset', async () => {
  const folder = folderOf('1.png', 'notes');
  fs.writeFileSync(path.join(folder, '0001'), Buffer.from('\xff\xd8\xff\xe0', 'latin1'));
  const { files, leftOut } = await findImages([folder]);
  expect(files.map((file) => path.basename(file))).toEqual(['0001', '1.png']);
  expect(leftOut.map((file) => path.basename(file))).toEqual(['notes']);
});

test('a pattern gives what fits it, a name with brackets is a file, a missing file stays', async () => {
  const folder = folderOf('x/1.png', 'x/2.png', 'y/3.png', '[4].png');
  const paths = ['x/*.png', '[4].png', 'gone.png'].map((name) => path.join(folder, name));
  const { files } = await findImages(paths);
  expect(files.map((file) => path.relative(folder, file))).toEqual([
    path.join('x', '1.png'),
    path.join('x', '2.png'),
    '[4].png',
    'gone.png',
  ]);
});

test.each([[[]], [['notes.txt']]])('a folder without images is refused (%j)', async (names) => {
  await expect(findImages([folderOf(...names)])).rejects.toMatchObject({ code: 'no-images' });
});

test.runIf(process.platform === 'linux')(
  'pipes are counted, and those that are called as images are tried, so that somebody hears of them',
  async () => {
    const folder = folderOf('a/1.png');
    for (const name of ['a/pipe', 'a/2.png']) execFileSync('mkfifo', [path.join(folder, name)]);
    const { files, leftOut } = await findImages([folder]);
    const relative = (file: string): string => path.relative(folder, file);
    expect(files.map(relative)).toEqual(['a/1.png', 'a/2.png']);
    expect(leftOut.map(relative)).toEqual(['a/pipe']);
  },
);
