import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { formatBytes } from '../../../shared/format.ts';
import type { Dataset } from '../dataset.ts';
import { readDatasetFile } from '../dataset-file.ts';
import { openDataset, type OpenOptions } from '../open.ts';
import type { DataProgress } from '../progress.ts';
import { createWorkspace, jpeg, noisePng, type Workspace } from '../testing/fixtures.ts';
import { inflateTar } from './inflate-tar.ts';
import { paxOf, tarOf, zipOf, type TarPart, type ZipPart } from './testing/archives.ts';

// Each pack that is built is forced to the disk, which a busy disk makes wait.
vi.setConfig({ testTimeout: 30_000 });

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

function open(source: string, options: Partial<OpenOptions> = {}): Promise<Dataset> {
  return openDataset({ source, cacheFolder: space.cache, valFraction: 0, ...options });
}

/** Writes beside the folders of the test; returns the path. */
function put(name: string, bytes: Uint8Array): string {
  writeFileSync(space.path(name), bytes);
  return space.path(name);
}

type Files = Readonly<Record<string, Uint8Array | string>>;
const parts = (files: Files): { name: string; bytes: Uint8Array | string }[] =>
  Object.entries(files).map(([name, bytes]) => ({ name, bytes }));

const KINDS: readonly (readonly [string, (files: Files) => Buffer])[] = [
  ['zip', (files) => zipOf(parts(files))],
  ['tar', (files) => tarOf(parts(files))],
  ['tar.gz', (files) => gzipSync(tarOf(parts(files)))],
  ['tgz', (files) => gzipSync(tarOf(parts(files)))],
];

async function pictures(): Promise<Files> {
  const photo = await jpeg(40, 30, (x, y, c) => x * 4 + y + c * 30);
  return {
    'dog/2.png': noisePng(16, 1),
    'cat/1.png': noisePng(20, 2),
    'cat/deep/1.jpg': photo,
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
    mkdirSync(space.path('photos'));
    space.write(under('photos/', files));
    const folder = await open(space.path('photos'));
    for (const top of ['', 'photos/', './photos/', 'a/photos/']) {
      const archive = await open(put(`photos.${kind}`, pack(under(top, files))));
      expect(archive.fingerprint).toBe(folder.fingerprint);
      expect(archive).toMatchObject({
        name: 'photos',
        kind: 'folder',
        classes: ['cat', 'dog', 'ä b'],
        problems: [{ source: 'cat/cut.jpg' }],
        ignoredFiles: 1,
        statistics: folder.statistics,
      });
      const [ours, theirs] = [archive.splits.train, folder.splits.train];
      expect(ours.images).toEqual(theirs.images);
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
const both: readonly ZipPart[] = [
  { name: 'cat/1.png', bytes: cat },
  { name: 'dog/1.png', bytes: dog },
];

test.each<[string, ZipPart, string | undefined]>([
  [
    'an absolute path',
    { name: '/etc/1.png', bytes: cat },
    '/etc/1.png has an absolute path and is not read',
  ],
  [
    'a drive letter',
    { name: 'C:\\cat\\1.png', bytes: cat },
    'C:/cat/1.png has an absolute path and is not read',
  ],
  [
    'a way out',
    { name: 'cat/../../1.png', bytes: cat },
    'cat/../../1.png leads out of the archive and is not read',
  ],
  [
    'a way out with backslashes',
    { name: 'cat\\..\\..\\1.png', bytes: cat },
    'cat/../../1.png leads out of the archive and is not read',
  ],
  [
    'a zero byte',
    { name: 'cat/1\0.png', bytes: cat },
    'cat/1\0.png has a zero byte in its name and is not read',
  ],
  [
    'a symbolic link',
    { name: 'cat/2.png', bytes: '/etc/passwd', says: { mode: 0o120777 } },
    'cat/2.png is a symbolic link, which is not followed in an archive',
  ],
  [
    'a device',
    { name: 'cat/2.png', says: { mode: 0o020644 } },
    'cat/2.png is neither file nor folder and is not read',
  ],
  [
    'encryption',
    { name: 'cat/2.png', bytes: cat, says: { flags: 1 } },
    'cat/2.png is encrypted and is not read',
  ],
  [
    'another method',
    { name: 'cat/2.png', bytes: cat, says: { method: 12 } },
    'cat/2.png is packed with method 12; only stored and deflated files are read',
  ],
  [
    'a bomb that says so',
    { name: 'cat/2.png', bytes: Buffer.alloc(1000), says: { sizeBytes: 0xfffffffe } },
    'cat/2.png would unpack to 4.00 GiB; files of up to 256 MiB are read',
  ],
  [
    'a bomb that hides it',
    {
      name: 'cat/2.png',
      bytes: Buffer.concat([cat, Buffer.alloc(50_000_000)]),
      says: { sizeBytes: cat.length },
    },
    `cat/2.png unpacks to more than the ${cat.length} bytes that it announces`,
  ],
  [
    'less than announced',
    { name: 'cat/2.png', bytes: cat, says: { sizeBytes: 1000 } },
    `cat/2.png unpacks to ${cat.length} bytes instead of the 1000 that it announces`,
  ],
  [
    'a wrong checksum',
    { name: 'cat/2.png', bytes: cat, says: { crc32: 1 } },
    'cat/2.png is damaged in the archive: its checksum is wrong',
  ],
  [
    'damaged data',
    { name: 'cat/2.png', bytes: cat, isStored: true, says: { method: 8 } },
    'cat/2.png is damaged in the archive: it cannot be unpacked',
  ],
  [
    'a size beyond its end',
    { name: 'cat/2.png', bytes: cat, isStored: true, says: { sizeBytes: 90_000 } },
    `cat/2.png unpacks to ${cat.length} bytes instead of the 90000 that it announces`,
  ],
  [
    'a name that is there already',
    { name: 'cat//1.png', bytes: cat },
    'cat/1.png is in the archive more than once; the last is read',
  ],
  [
    'a file where a folder is',
    { name: 'cat', bytes: cat },
    'cat is a file and a folder at once; the folder is read',
  ],
  [
    'an archive',
    { name: 'cat/more.tar.gz', bytes: 'x' },
    'cat/more.tar.gz is an archive in the archive and stays closed; unpack it',
  ],
  ['an empty image', { name: 'cat/2.png' }, 'cat/2.png is empty'],
  ['an encrypted text', { name: 'cat/2.txt', bytes: 'x', says: { flags: 1 } }, undefined],
  ['a hidden archive', { name: 'cat/.more.zip', bytes: 'x' }, undefined],
])('In a zip %s costs one entry and is named.', async (_, odd, problem) => {
  const { splits, problems, classes } = await open(put('odd.zip', zipOf([...both, odd])));
  expect(problems.map(({ source, reason }) => `${source} ${reason}`)).toEqual(
    problem === undefined ? [] : [problem],
  );
  expect([classes, splits.train.count]).toEqual([['cat', 'dog'], 2]);
});

test.each<[string, readonly TarPart[], string | undefined]>([
  [
    'an absolute path',
    [{ name: '/etc/1.png', bytes: cat }],
    '/etc/1.png has an absolute path and is not read',
  ],
  [
    'a way out',
    [{ name: '../cat/1.png', bytes: cat }],
    '../cat/1.png leads out of the archive and is not read',
  ],
  [
    'a symbolic link',
    [{ name: 'cat/2.png', type: '2', link: '/etc/passwd' }],
    'cat/2.png is a symbolic link, which is not followed in an archive',
  ],
  [
    'a hard link to the outside',
    [{ name: 'cat/2.png', type: '1', link: '/etc/passwd' }],
    'cat/2.png is a link to /etc/passwd, which is not before it in the archive',
  ],
  [
    'a hard link to a later entry',
    [{ name: 'cat/2.png', type: '1', link: 'cat/3.png' }],
    'cat/2.png is a link to cat/3.png, which is not before it in the archive',
  ],
  [
    'a device',
    [{ name: 'cat/2.png', type: '3' }],
    'cat/2.png is neither file nor folder and is not read',
  ],
  [
    'a pipe',
    [{ name: 'cat/2.png', type: '6' }],
    'cat/2.png is neither file nor folder and is not read',
  ],
  [
    'a sparse file',
    [{ name: 'cat/2.png', type: 'S', bytes: cat }],
    'cat/2.png is stored with holes (a sparse file) and is not read',
  ],
  [
    'a name that is there already',
    [{ name: './cat/1.png', bytes: cat }],
    'cat/1.png is in the archive more than once; the last is read',
  ],
  [
    'an archive',
    [{ name: 'cat/more.zip', bytes: 'x' }],
    'cat/more.zip is an archive in the archive and stays closed; unpack it',
  ],
  [
    'comments for all entries',
    [{ name: 'pax', type: 'g', bytes: paxOf({ comment: 'x' }) }],
    undefined,
  ],
])('In a tar %s costs one entry and is named.', async (_, odd, problem) => {
  for (const pack of [(tar: Buffer) => tar, (tar: Buffer) => gzipSync(tar)]) {
    const tar = tarOf([...both.map(({ name, bytes = '' }) => ({ name, bytes })), ...odd]);
    const { splits, problems, classes } = await open(put('odd.tar', pack(tar)));
    expect(problems.map(({ source, reason }) => `${source} ${reason}`)).toEqual(
      problem === undefined ? [] : [problem],
    );
    expect([classes, splits.train.count]).toEqual([['cat', 'dog'], 2]);
  }
});

test('The last entry of a name is the one that is read, and a hard link is what it names.', async () => {
  const tar = tarOf([
    { name: 'cat/1.png', bytes: cat },
    { name: 'dog/1.png', bytes: cat },
    { name: 'dog/1.png', bytes: dog },
    { name: 'dog/2.png', type: '1', link: './cat/1.png' },
  ]);
  const plain = await open(
    put('a.tar', tarOf([...parts({ 'cat/1.png': cat, 'dog/1.png': dog, 'dog/2.png': cat })])),
  );
  expect((await open(put('b.tar', tar))).fingerprint).toBe(plain.fingerprint);
});

const long = `cat/${'x'.repeat(60)}/${'y'.repeat(60)}/1.png`;
test.each<[string, string, readonly TarPart[]]>([
  [
    'GNU’s long names',
    long,
    [
      { name: '././@LongLink', type: 'L', bytes: `${long}\0` },
      { name: 'cut', bytes: cat },
    ],
  ],
  [
    'PAX’s long names',
    long,
    [
      { name: 'x', type: 'x', bytes: paxOf({ path: long }) },
      { name: 'cut', bytes: cat },
    ],
  ],
  [
    'PAX’s sizes',
    'cat/1.png',
    [
      { name: 'x', type: 'x', bytes: paxOf({ size: String(cat.length) }) },
      { name: 'cat/1.png', bytes: cat, sizeBytes: 7 },
    ],
  ],
  [
    'headers from before ustar',
    'cat/1.png',
    [
      { name: 'cat/', isOld: true, type: '\0' },
      { name: 'cat/1.png', isOld: true, type: '\0', bytes: cat },
    ],
  ],
])('Of tar %s are read.', async (_, name, entries) => {
  const tar = tarOf([...entries, { name: 'dog/1.png', bytes: dog }]);
  const { splits, problems } = await open(put('odd.tar', tar));
  expect([splits.train.sourceOf(0), problems]).toEqual([name, []]);
});

test('Names that are not UTF-8 stay distinct: CP437 in a zip, letter by letter in a tar.', async () => {
  const name = (letter: number): Buffer => Buffer.from([letter, ...Buffer.from('/1.png')]);
  const zip = zipOf([
    { name: name(0x84), bytes: cat, says: { flags: 0 } },
    { name: name(0x94), bytes: dog },
  ]);
  expect((await open(put('names.zip', zip))).classes).toEqual(['ä', 'ö']);
  const tar = tarOf([
    { name: name(0xe4), bytes: cat },
    { name: name(0xf6), bytes: dog },
  ]);
  expect((await open(put('names.tar', tar))).classes).toEqual(['ä', 'ö']);
  const unflagged = zipOf([
    { name: 'ä/1.png', bytes: cat, says: { flags: 0 } },
    { name: 'ö\\1.png', bytes: dog, says: { flags: 0 } },
  ]);
  expect((await open(put('mac.zip', unflagged))).classes).toEqual(['ä', 'ö']);
});

test('A local header that is longer than the directory says hides nothing.', async () => {
  const zip = zipOf(both.map((part) => ({ ...part, localExtra: Buffer.alloc(40, 7) })));
  expect((await open(put('extra.zip', zip))).problems).toEqual([]);
});

/** The directory's, of its last entry. */
function withoutLastSignature(zip: Buffer): Buffer {
  const at = zip.lastIndexOf('PK\x01\x02');
  return Buffer.from(zip).fill(0, at, at + 4);
}

const SHOULD = 'it should hold one folder per class with image files in it.';
test.each<[string, string, Buffer, string, string]>([
  ['without entries', 'a.zip', zipOf([]), 'no-images', `PATH is an empty archive; ${SHOULD}`],
  ['without entries', 'a.tar', tarOf([]), 'no-images', `PATH is an empty archive; ${SHOULD}`],
  [
    'without entries',
    'a.tgz',
    gzipSync(tarOf([])),
    'no-images',
    `PATH is an empty archive; ${SHOULD}`,
  ],
  [
    'of images without folders',
    'a.zip',
    zipOf([
      { name: '1.png', bytes: cat },
      { name: '2.png', bytes: dog },
    ]),
    'no-class-folders',
    'PATH holds 2 images but no folders; put the images of each class into a folder of its own.',
  ],
  [
    'of texts',
    'a.zip',
    zipOf([
      { name: 'a/1.txt', bytes: 'x' },
      { name: 'b/1.txt', bytes: 'x' },
    ]),
    'no-images',
    `PATH has 2 folders but no usable images; ${SHOULD}`,
  ],
  [
    'of one class',
    'a.zip',
    zipOf([{ name: 'cat/1.png', bytes: cat }]),
    'one-class',
    'PATH has only one class, "cat"; a classifier needs two or more. The classes are the folders in it: unpack it and point at the folder above or below if this is the wrong level.',
  ],
  [
    'of archives',
    'a.zip',
    zipOf([
      { name: 'train.zip', bytes: zipOf(both) },
      { name: 'val.zip', bytes: zipOf(both) },
    ]),
    'no-images',
    'PATH holds no images; 2 could not be used, the first: train.zip is an archive in the archive and stays closed; unpack it.',
  ],
  [
    'that is encrypted',
    'a.zip',
    zipOf(both.map((part) => ({ ...part, says: { flags: 1 } }))),
    'no-images',
    'PATH has 2 folders but no usable images; 2 could not be used, the first: cat/1.png is encrypted and is not read.',
  ],
  [
    'that is cut off',
    'a.zip',
    zipOf(both).subarray(0, -30),
    'truncated-file',
    'PATH is truncated or no zip archive: the directory at its end is missing; fetch it again.',
  ],
  [
    'whose directory is damaged',
    'a.zip',
    withoutLastSignature(zipOf(both)),
    'bad-archive',
    'PATH is damaged: invalid central directory file header signature: 0x0; fetch it again.',
  ],
  [
    'that is none',
    'a.zip',
    Buffer.from('hello'),
    'truncated-file',
    'PATH is truncated or no zip archive: the directory at its end is missing; fetch it again.',
  ],
  [
    'that is cut off',
    'a.tar',
    tarOf(both.map(({ name, bytes = '' }) => ({ name, bytes }))).subarray(0, 1300),
    'truncated-file',
    'PATH is truncated: the archive ends too early; fetch it again.',
  ],
  [
    'that is cut off',
    'a.tgz',
    gzipSync(tarOf(both.map(({ name, bytes = '' }) => ({ name, bytes })))).subarray(0, -60),
    'truncated-file',
    'PATH is truncated: the archive ends too early; fetch it again.',
  ],
  [
    'that is cut off in a header',
    'a.tar',
    Buffer.alloc(100),
    'truncated-file',
    'PATH is truncated: the archive ends too early; fetch it again.',
  ],
  [
    'with a damaged header',
    'a.tar',
    tarOf([
      { name: 'cat/1.png', bytes: cat },
      { name: 'dog/1.png', bytes: dog },
    ]).fill(9, 1100, 1200),
    'bad-archive',
    'PATH is damaged: the tar header at byte 1024 is none; fetch it again.',
  ],
  [
    'with a size of exabytes',
    'a.tar',
    tarOf([{ name: 'cat/1.png', sizeBytes: 2 ** 62 }]),
    'bad-archive',
    'PATH holds no tar archive; zip, tar and tar.gz are read.',
  ],
  [
    'of something else',
    'a.gz',
    gzipSync('hello '.repeat(1000)),
    'bad-archive',
    'PATH holds no tar archive; zip, tar and tar.gz are read.',
  ],
  [
    'of another kind',
    'a.tar.xz',
    Buffer.from('\xfd7zXZ\0 and more', 'latin1'),
    'unread-archive',
    'PATH is compressed with xz, which is not read; zip, tar and tar.gz are. Unpack it and point at the folder.',
  ],
  [
    'of another kind',
    'a.7z',
    Buffer.from('7z\xbc\xaf\x27\x1c and more', 'latin1'),
    'unread-archive',
    'PATH is a 7z archive, which is not read; zip, tar and tar.gz are. Unpack it and point at the folder.',
  ],
])('An archive %s (%s) is refused with a sentence.', async (_, name, bytes, code, sentence) => {
  const path = put(name, bytes);
  await expect(open(path)).rejects.toMatchObject({
    ...{ code, fault: 'input' },
    message: sentence.replaceAll('PATH', path),
  });
});

test('An entry of a tar that is larger than any photo is named and costs no memory.', async () => {
  const head = tarOf([...both.map(({ name, bytes = '' }) => ({ name, bytes }))], 0);
  const large = 300 * 0x10_0000;
  const path = put('large.tar', head);
  const { appendFileSync, truncateSync } = await import('node:fs');
  appendFileSync(path, tarOf([{ name: 'cat/2.png', sizeBytes: large }], 0));
  truncateSync(path, statSync(path).size + large); // a hole
  expect((await open(path)).problems).toEqual([
    { source: 'cat/2.png', reason: 'has 300 MiB; files of up to 256 MiB are read' },
  ]);
});

test('A gzip bomb is stopped, with its sentence, and leaves nothing.', async () => {
  mkdirSync(space.cache);
  const path = put(
    'bomb.tgz',
    gzipSync(tarOf([{ name: 'cat/1.png', bytes: Buffer.alloc(5_000_000) }])),
  );
  const { size } = statSync(path);
  await expect(
    inflateTar(path, { folder: space.cache, mostBytes: 1_000_000 }),
  ).rejects.toMatchObject({
    code: 'archive-too-large',
    message: `${path} has ${formatBytes(size)} and unpacks to more than ${formatBytes(1_000_000)}, which no archive of images does; unpack it yourself if you trust it, and point at the folder.`,
  });
  expect(readdirSync(space.cache)).toEqual([]);
});

test('Opened again, an archive is not read again; a changed one is.', async () => {
  const path = put('photos.tgz', gzipSync(tarOf(parts({ 'a/1.png': cat, 'b/1.png': dog }))));
  const first = await open(path);
  const again: DataProgress[] = [];
  await open(path, { onProgress: (progress) => again.push(progress) });
  expect(again.filter(({ stage }) => stage !== 'read')).toEqual([]);
  put('photos.tgz', gzipSync(tarOf(parts({ 'a/1.png': cat, 'b/1.png': cat }))));
  expect((await open(path)).fingerprint).not.toBe(first.fingerprint);
});

test('What was inflated is found again after a cancel, and is gone when the pack is there.', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`${i % 2 === 0 ? 'a' : 'b'}/${i}.png`, noisePng(16, i)]),
  );
  const path = put('photos.tgz', gzipSync(tarOf(parts(files))));
  const options = { imageSize: 512 };
  const whole = await open(path, { ...options, cacheFolder: `${space.cache}-whole` });
  const control = new AbortController();
  const stopped = open(path, {
    ...options,
    signal: control.signal,
    onProgress: ({ stage }) => {
      if (stage === 'measure') control.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
  const [left] = readdirSync(space.cache);
  expect(existsSync(`${space.cache}/${left}/archive.tar`)).toBe(true);
  const stages = new Set<string>();
  const resumed = await open(path, { ...options, onProgress: ({ stage }) => stages.add(stage) });
  expect(resumed.fingerprint).toBe(whole.fingerprint);
  expect(stages.has('unpack')).toBe(false);
  expect(readdirSync(space.cache)).toHaveLength(1);
});
