import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { readDatasetFile } from './dataset-file.ts';

const png = Buffer.from('\x89PNG\r\n\x1a\n and the rest of it', 'latin1');
const jpeg = Buffer.from('\xff\xd8\xff\xe0 cut off', 'latin1');

let base: string;
let folder: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'resnet-lab-file-'));
  onTestFinished(() => rmSync(base, { recursive: true }));
  folder = join(base, 'photos');
  mkdirSync(join(folder, 'cat'), { recursive: true });
  writeFileSync(join(folder, 'cat', '1.png'), png);
  writeFileSync(join(folder, 'cat', 'cut.jpg'), jpeg);
  writeFileSync(join(folder, 'cat', 'notes.png'), 'not a picture');
  writeFileSync(join(folder, 'cat', 'empty.png'), '');
  writeFileSync(join(base, 'outside.png'), png);
});

test('A picture is handed out as it lies there, a damaged one too.', async () => {
  expect(await readDatasetFile(folder, 'cat/1.png')).toEqual({
    ...{ sizeBytes: png.length, type: 'image/png' },
    bytes: new Uint8Array(png),
  });
  expect(await readDatasetFile(folder, 'cat/cut.jpg')).toMatchObject({
    ...{ sizeBytes: jpeg.length, type: 'image/jpeg' },
    bytes: new Uint8Array(jpeg),
  });
});

test('What is no picture is only described, wherever a link leads.', async () => {
  const secret = join(base, 'secret');
  writeFileSync(secret, 'key');
  symlinkSync(secret, join(folder, 'cat', 'link.png'));
  for (const [name, sizeBytes] of [
    ['notes.png', 13],
    ['empty.png', 0],
    ['link.png', 3],
  ] as const) {
    const file = await readDatasetFile(folder, `cat/${name}`);
    expect(file).toEqual({ sizeBytes, type: null, bytes: new Uint8Array(0) });
  }
});

test.each([
  '../outside.png',
  'cat/../../outside.png',
  '/etc/hosts',
  'C:\\x',
  'cat//1.png',
  '',
  '.',
])('A path that leads elsewhere is refused: %j', async (path) => {
  await expect(readDatasetFile(folder, path)).rejects.toMatchObject({ code: 'bad-path' });
});

test('What is gone, or is a folder, or a dataset in one file is a sentence.', async () => {
  await expect(readDatasetFile(folder, 'cat/2.png')).rejects.toMatchObject({ code: 'not-found' });
  await expect(readDatasetFile(folder, 'cat')).rejects.toMatchObject({ code: 'not-a-file' });
  await expect(readDatasetFile(join(folder, 'cat', '1.png'), '7')).rejects.toMatchObject({
    code: 'not-a-folder',
  });
});
