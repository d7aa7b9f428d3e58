// TIFF and AVIF beyond the files that Pillow wrote (pixel-rules.test.ts): TIFFs put together by hand, kinds
// that are not read, damaged files, and names.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { furtherPictures } from './further-pictures.ts';
import { notesOf } from './dataset-notes.ts';
import { decodeImage, type Decoded } from './image-decoder.ts';
import { readImageHeader } from './image-header.ts';
import { openDataset } from './open.ts';
import { createWorkspace, type Workspace } from './testing/fixtures.ts';

// Each pack that is built is forced to the disk, which a busy disk makes wait.
vi.setConfig({ testTimeout: 30_000 });

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`fixtures/pixels/${name}`, import.meta.url));

interface Tiff {
  readonly samples: readonly number[];
  readonly depth?: number;
  readonly photometric?: number;
  readonly channels?: number;
  readonly format?: number;
  /** Bytes between the samples and the directory. */
  readonly gap?: number;
  readonly isBig?: boolean;
  readonly width?: number;
}

/** Of four samples a row, or as many as `channels` says; the directory stands behind the samples. */
function tiff({
  samples,
  depth = 8,
  photometric = 1,
  channels = 1,
  format = 1,
  gap = 0,
  isBig = false,
  width = 4,
}: Tiff): Buffer {
  const bytes = depth > 8 ? 2 : 1;
  const pixels = Buffer.alloc(samples.length * bytes + gap);
  samples.forEach((value, i) => {
    if (bytes === 1) pixels[i] = value;
    else if (isBig) pixels.writeUInt16BE(value, i * 2);
    else pixels.writeUInt16LE(value, i * 2);
  });
  const entries: [number, number][] = [
    [256, width],
    [257, samples.length / channels / width],
    // A channel each would not fit into an entry; one value stands for all of them here.
    [258, depth],
    [259, 1],
    [262, photometric],
    [273, 8],
    [277, channels],
    [279, samples.length * bytes],
    [339, format],
  ];
  const directory = Buffer.alloc(2 + entries.length * 12 + 4);
  const short = (value: number, at: number) =>
    isBig ? directory.writeUInt16BE(value, at) : directory.writeUInt16LE(value, at);
  const long = (value: number, at: number) =>
    isBig ? directory.writeUInt32BE(value, at) : directory.writeUInt32LE(value, at);
  short(entries.length, 0);
  entries.forEach(([tag, value], i) => {
    const at = 2 + 12 * i;
    short(tag, at);
    short(4, at + 2);
    long(1, at + 4);
    long(value, at + 8);
  });
  const head = Buffer.from(isBig ? 'MM\0*\0\0\0\0' : 'II*\0\0\0\0\0', 'latin1');
  if (isBig) head.writeUInt32BE(8 + pixels.length, 4);
  else head.writeUInt32LE(8 + pixels.length, 4);
  return Buffer.concat([head, pixels, directory]);
}

function decode(file: Buffer, height = 2): Promise<Decoded> {
  return decodeImage(file, { shape: { width: 4, height, channels: 1 } });
}

const LEVELS = [0, 40, 80, 120, 160, 200, 240, 255];

test.each<[string, Buffer, readonly number[]]>([
  ['black is zero', tiff({ samples: LEVELS }), LEVELS],
  ['white is zero', tiff({ samples: LEVELS, photometric: 0 }), LEVELS.map((v) => 255 - v)],
  ['big-endian', tiff({ samples: LEVELS, isBig: true }), LEVELS],
  ['16 bit', tiff({ samples: LEVELS.map((v) => v * 257), depth: 16 }), LEVELS],
  [
    '16 bit, big-endian',
    tiff({ samples: LEVELS.map((v) => v * 257), depth: 16, isBig: true }),
    LEVELS,
  ],
])('A TIFF, %s, has the levels that were written.', async (_, file, levels) => {
  const image = await decode(file);
  expect('reason' in image ? image.reason : [...image.pixels]).toEqual(levels);
});

test.each<[string, Buffer, string]>([
  [
    'of floating-point numbers',
    tiff({ samples: LEVELS, format: 3 }),
    'is a TIFF of floating-point',
  ],
  ['of 12 bits', tiff({ samples: LEVELS, depth: 12 }), 'is a TIFF of 12 bits'],
  ['with a palette', tiff({ samples: LEVELS, photometric: 3 }), 'is a TIFF with a palette'],
  ['of CIELab', tiff({ samples: LEVELS, photometric: 8 }), 'is a TIFF of CIELab'],
  ['of a second channel', tiff({ samples: LEVELS, channels: 2 }), 'is a TIFF of grey with 1 more'],
  ['of 64-bit offsets', Buffer.from('II+\0\b\0\0\0\0\0\0\0', 'latin1'), 'is a BigTIFF'],
  ['cut off', fixture('rgb-raw.tif').subarray(0, -100), 'is truncated'],
  ['of a phone', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), 'is HEIC'],
  ['of a video', Buffer.from('\0\0\0\x14ftypisom\0\0\0\0mp42', 'latin1'), 'is no image'],
  ['of AVIF, cut off', fixture('rgb.avif').subarray(0, -30), 'is truncated'],
])('A file %s is refused with what it is.', async (_, file, reason) => {
  expect(await decode(file)).toEqual({ reason: expect.stringContaining(reason) as string });
});

test('Damage anywhere gives a picture or a reason.', async () => {
  for (const name of [
    'rgb-tiff_lzw.tif',
    'rgb-packbits.tif',
    'rgba.tif',
    'rgba.avif',
    'turned-6.avif',
  ]) {
    const whole = fixture(name);
    for (let at = 0; at < whole.length; at += 7) {
      for (const level of [0, 0xff]) {
        const image = await decode(
          Buffer.from(whole).fill(level, at, Math.min(at + 3, whole.length)),
        );
        if (!('reason' in image)) expect(image.pixels).toHaveLength(8);
      }
    }
  }
});

/** The directory of the file once more for every further page, each naming the next; pages of these kinds. */
function withPages(file: Buffer, kinds: readonly number[]): Buffer {
  const first = file.readUInt32LE(4);
  const directory = file.subarray(first);
  const pages = kinds.map((kind, i) => {
    const page = Buffer.from(directory);
    // In the place of the sample format, which is 1 where it is left out.
    const last = 2 + 12 * (page.readUInt16LE(0) - 1);
    page.writeUInt16LE(254, last);
    page.writeUInt32LE(kind, last + 8);
    const next = file.length + (i + 1) * directory.length;
    page.writeUInt32LE(i + 1 < kinds.length ? next : 0, page.length - 4);
    return page;
  });
  const whole = Buffer.concat([file, ...pages]);
  whole.writeUInt32LE(file.length, file.length - 4);
  return whole;
}

test('Further pages are counted; smaller copies, masks and a chain that comes round are none.', async () => {
  const plain = tiff({ samples: LEVELS });
  const furtherOf = async (file: Buffer): Promise<number> => {
    const image = await decode(file);
    if ('reason' in image) throw new Error(image.reason);
    expect([...image.pixels]).toEqual(LEVELS);
    return image.notes.further;
  };
  expect(await furtherOf(plain)).toBe(0);
  expect(await furtherOf(withPages(plain, [0, 0, 2]))).toBe(3);
  expect(await furtherOf(withPages(plain, [1, 4, 0]))).toBe(1);
  const round = withPages(plain, [0, 0]);
  round.writeUInt32LE(plain.readUInt32LE(4), round.length - 4);
  expect(await furtherOf(round)).toBe(2);
  const cut = withPages(plain, [0, 0]);
  expect(await furtherOf(cut.subarray(0, -8))).toBe(1);
});

test('Further frames of an animated PNG are counted.', () => {
  const chunk = (name: string, ...bytes: readonly number[]): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(bytes.length);
    head.write(name, 4, 'latin1');
    return Buffer.concat([head, Buffer.from(bytes), Buffer.alloc(4)]);
  };
  const png = (...chunks: readonly Buffer[]): Buffer =>
    Buffer.concat([Buffer.alloc(8), chunk('IHDR', ...Array<number>(13).fill(0)), ...chunks]);
  const picture = chunk('IDAT', 1, 2, 3);
  expect(furtherPictures(png(picture), 'png')).toBe(0);
  expect(furtherPictures(png(chunk('acTL', 0, 0, 0, 3, 0, 0, 0, 0), picture), 'png')).toBe(2);
});

test('Further frames of GIF and WebP are counted.', () => {
  const colours = [0, 0, 0, 255, 255, 255];
  const screen = [...Buffer.from('GIF89a'), 1, 0, 1, 0, 0x80, 0, 0, ...colours];
  const extension = [0x21, 0xf9, 4, 0, 0, 0, 0, 0];
  const frame = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 0x01, 0];
  const gif = (count: number): Buffer =>
    Buffer.from([
      ...screen,
      ...Array.from({ length: count }, () => [...extension, ...frame]).flat(),
      0x3b,
    ]);
  expect([1, 2, 5].map((count) => furtherPictures(gif(count), 'gif'))).toEqual([0, 1, 4]);
  const chunk = (name: string): Buffer =>
    Buffer.concat([Buffer.from(name), Buffer.from([3, 0, 0, 0, 1, 2, 3, 0])]);
  const webp = (...names: readonly string[]): Buffer =>
    Buffer.concat([Buffer.from('RIFF\0\0\0\0WEBP'), ...names.map(chunk)]);
  expect(furtherPictures(webp('VP8 '), 'webp')).toBe(0);
  expect(furtherPictures(webp('VP8X', 'ANIM', 'ANMF', 'ANMF', 'ANMF'), 'webp')).toBe(2);
});

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

test('A folder of TIFF and AVIF is a dataset; a directory behind a megabyte of samples is found.', async () => {
  const samples = Array.from({ length: 1200 * 1024 }, (_, i) => i & 255);
  const large = tiff({ samples, width: 1200 });
  expect(readImageHeader(large.subarray(0, 1 << 20), false)).toMatchObject({ needsMore: true });
  space.write({
    'a/1.tif': fixture('grey.tif'),
    'a/2.TIFF': large,
    'b/1.avif': fixture('grey.avif'),
    'b/without-name': fixture('rgb.avif'),
    'b/photo.heic': 'x',
  });
  const { splits, problems } = await openDataset({
    ...{ source: space.root, cacheFolder: space.cache, valFraction: 0, rules: 2 },
  });
  const { train } = splits;
  expect(Array.from({ length: train.count }, (_, i) => train.sourceOf(i))).toEqual([
    ...['a/1.tif', 'a/2.TIFF', 'b/1.avif', 'b/without-name'],
  ]);
  expect(train.originalSizeOf(1)).toEqual({ width: 1200, height: 1024 });
  expect(problems).toEqual([
    { source: 'b/photo.heic', reason: expect.stringContaining('JPEG') as string },
  ]);
});

test('Pages that are not used are counted and named, also from the cache.', async () => {
  const plain = tiff({ samples: LEVELS });
  space.write({
    'a/scan.tif': withPages(plain, [0, 0]),
    'a/one.tif': plain,
    'b/other.tif': withPages(tiff({ samples: LEVELS.toReversed() }), [0]),
  });
  for (let time = 0; time < 2; time++) {
    const dataset = await openDataset({
      ...{ source: space.root, cacheFolder: space.cache, valFraction: 0, rules: 2 },
    });
    expect(notesOf(dataset).map(({ text }) => text)).toContain(
      '3 further pages and frames of 2 files are not used, because only the first picture of a file is read: e.g. a/scan.tif (2).',
    );
    await dataset.close();
  }
});
