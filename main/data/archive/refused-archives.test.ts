import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { formatBytes } from '../../../shared/format.ts';
import { mountSmall, noisePng } from '../testing/fixtures.ts';
import { inflateTar } from './inflate-tar.ts';
import { archiveSpace, partsOf } from './testing/archive-space.ts';
import { tarOf, zipOf, type ZipPart } from './testing/archives.ts';

const { open, put, space } = archiveSpace();

const cat = noisePng(8, 1);
const dog = noisePng(8, 2);
const both: readonly ZipPart[] = [
  { name: 'cat/1.png', bytes: cat },
  { name: 'dog/1.png', bytes: dog },
];
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

test('A gzip bomb is stopped, with its sentence, and leaves nothing.', async () => {
  mkdirSync(space().cache);
  const path = put(
    'bomb.tgz',
    gzipSync(tarOf([{ name: 'cat/1.png', bytes: Buffer.alloc(5_000_000) }])),
  );
  const { size } = statSync(path);
  await expect(
    inflateTar(path, { folder: space().cache, mostBytes: 1_000_000 }),
  ).rejects.toMatchObject({
    code: 'archive-too-large',
    message: `${path} has ${formatBytes(size)} and unpacks to more than ${formatBytes(1_000_000)}, which no archive of images does; unpack it yourself if you trust it, and point at the folder.`,
  });
  expect(readdirSync(space().cache)).toEqual([]);
});

test('A disk that has no room for what a tar.gz inflates to is a sentence, and nothing is left.', async (context) => {
  const { cache } = space();
  if (!mountSmall(cache)) context.skip();
  try {
    const path = put('photos.tgz', gzipSync(tarOf(partsOf({ 'a/1.png': cat, 'b/1.png': dog }))));
    await expect(open(path)).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(
        /^The disk of .* is full; free some space or choose another home with --home\. No partial file was left\.$/,
      ) as string,
    });
    expect(readdirSync(cache)).toEqual([]);
  } finally {
    execFileSync('umount', [cache]);
  }
});
