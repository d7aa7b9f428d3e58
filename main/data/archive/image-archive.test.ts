import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readDatasetFile } from '../dataset-file.ts';
import type { DataProgress } from '../progress.ts';
import { jpeg, noisePng } from '../testing/fixtures.ts';
import { archiveSpace, partsOf, type Files } from './testing/archive-space.ts';
import { tarOf, zipOf } from './testing/archives.ts';
import { imagesOf } from '../testing/images-of.ts';

const { open, put, space } = archiveSpace();

const KINDS: readonly (readonly [string, (files: Files) => Buffer])[] = [
  ['zip', (files) => zipOf(partsOf(files))],
  ['tar', (files) => tarOf(partsOf(files))],
  ['tar.gz', (files) => gzipSync(tarOf(partsOf(files)))],
  ['tgz', (files) => gzipSync(tarOf(partsOf(files)))],
];

async function pictures(): Promise<Files> {
  const photo = await jpeg(40, 30, (x, y, c) => x * 4 + y + c * 30);
  return {
    'dog/2.png': noisePng(16, 1),
    'cat/1.png': noisePng(20, 2),
    'cat/deep/1.jpg': photo,
    'cat/photo.jfif': await jpeg(300, 200, (x, y, c) => (x * 7 + y * y + c * 30) % 256),
    'cat/cut.jpg': photo.subarray(0, -30),
    'cat/notes.txt': 'hello',
    'ä b/1.png': noisePng(12, 3),
    'ä b/.hidden.png': noisePng(12, 4),
    '__MACOSX/cat/._1.png': 'resource fork',
    'readme.txt': 'hello',
  };
}

const under = (top: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [top + name, bytes]));

test.each(KINDS)(
  'A .%s holds the same dataset as the folder it unpacks to: pixels, names, problems, fingerprint.',
  async (kind, pack) => {
    const files = await pictures();
    mkdirSync(space().path('photos'));
    space().write(under('photos/', files));
    const folder = await open(space().path('photos'));
    for (const top of ['', 'photos/', './photos/', 'a/photos/']) {
      const archive = await open(put(`photos.${kind}`, pack(under(top, files))));
      expect(archive.fingerprint).toBe(folder.fingerprint);
      expect(archive).toMatchObject({
        name: 'photos',
        kind: 'folder',
        classes: ['cat', 'dog', 'ä b'],
        problems: [{ source: 'cat/cut.jpg' }],
        unused: [
          { code: 'system-files', count: 2 },
          { code: 'no-images', count: 2, examples: ['cat/notes.txt', 'readme.txt'] },
        ],
        statistics: folder.statistics,
      });
      const [ours, theirs] = [archive.splits.train, folder.splits.train];
      expect(await imagesOf(ours)).toEqual(await imagesOf(theirs));
      const names = (split: typeof ours): string[] =>
        Array.from({ length: split.count }, (_, i) => split.sourceOf(i));
      expect(names(ours)).toEqual(names(theirs));
    }
  },
);

test.each(KINDS)('Split folders in a .%s are used as they are.', async (kind, pack) => {
  const files = under('set/', {
    'test/cat/3.png': noisePng(8, 4),
    'train/cat/1.png': noisePng(8, 1),
    'train/dog/1.png': noisePng(8, 2),
    'val/dog/2.png': noisePng(8, 3),
  });
  const { classes, splits, splitOrigin } = await open(put(`set.${kind}`, pack(files)));
  expect([classes, splitOrigin]).toEqual([['cat', 'dog'], { kind: 'source' }]);
  expect([splits.train.count, splits.val?.count, splits.test?.count]).toEqual([2, 1, 1]);
  expect(splits.val?.sourceOf(0)).toBe('val/dog/2.png');
});

test.each(KINDS)('A file behind a finding is read out of a .%s.', async (kind, pack) => {
  const files = await pictures();
  const path = put(`photos.${kind}`, pack(under('photos/', files)));
  const cut = files['cat/cut.jpg'] as Uint8Array;
  expect(await readDatasetFile(path, 'cat/cut.jpg')).toEqual({
    sizeBytes: cut.length,
    type: 'image/jpeg',
    bytes: new Uint8Array(cut),
  });
  expect(await readDatasetFile(path, 'cat/notes.txt')).toMatchObject({ type: null });
  await expect(readDatasetFile(path, 'cat/none.png')).rejects.toMatchObject({
    code: 'not-found',
    message: `${path}/cat/none.png does not exist; check the file's path.`,
  });
  await expect(readDatasetFile(path, '../x.png')).rejects.toMatchObject({ code: 'bad-path' });
});

const cat = noisePng(8, 1);
const dog = noisePng(8, 2);

test('Opened again, an archive is not read again; a changed one is.', async () => {
  const path = put('photos.tgz', gzipSync(tarOf(partsOf({ 'a/1.png': cat, 'b/1.png': dog }))));
  const first = await open(path);
  const again: DataProgress[] = [];
  await open(path, { onProgress: (progress) => again.push(progress) });
  expect(again.filter(({ stage }) => stage !== 'read')).toEqual([]);
  put('photos.tgz', gzipSync(tarOf(partsOf({ 'a/1.png': cat, 'b/1.png': cat }))));
  expect((await open(path)).fingerprint).not.toBe(first.fingerprint);
});

test('What was inflated is found again after a cancel, and is gone when the pack is there.', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`${i % 2 === 0 ? 'a' : 'b'}/${i}.png`, noisePng(16, i)]),
  );
  const path = put('photos.tgz', gzipSync(tarOf(partsOf(files))));
  const options = { imageSize: 512 };
  const whole = await open(path, { ...options, cacheFolder: `${space().cache}-whole` });
  const control = new AbortController();
  const stopped = open(path, {
    ...options,
    signal: control.signal,
    onProgress: ({ stage }) => {
      if (stage === 'measure') control.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
  const [left] = readdirSync(space().cache);
  expect(existsSync(`${space().cache}/${left}/archive.tar`)).toBe(true);
  const stages = new Set<string>();
  const resumed = await open(path, { ...options, onProgress: ({ stage }) => stages.add(stage) });
  expect(resumed.fingerprint).toBe(whole.fingerprint);
  expect(stages.has('unpack')).toBe(false);
  expect(readdirSync(space().cache)).toHaveLength(1);
});
