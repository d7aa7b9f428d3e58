import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { PixelRules } from '../../shared/spec/pixel-rules.ts';
import { decodeImage, type DecodedImage } from './image-decoder.ts';
import { damageOf, hasNote, NOTE_KINDS, noteBit, proposedWindow } from './image-notes.ts';
import { inspectDataset, type Inspection } from './inspect.ts';
import { formatInspection } from './inspection-text.ts';
import { countJpegBlocks } from './jpeg-blocks.ts';
import { openDataset, type OpenOptions } from './open.ts';
import { createWorkspace, noisePng, png, type Workspace } from './testing/fixtures.ts';

const FOLDER = fileURLToPath(new URL('./fixtures/', import.meta.url));
const { files } = z
  .object({
    files: z.record(
      z.string(),
      z.object({ width: z.int(), height: z.int(), tolerance: z.int(), pixels: z.string() }),
    ),
  })
  .parse(JSON.parse(readFileSync(`${FOLDER}pixels.json`, 'utf8')));
const fixture = (name: string): Buffer => readFileSync(`${FOLDER}pixels/${name}`);
const today: PixelRules = { ground: 'white', damaged: 'accept' };

async function decoded(file: Buffer, side: { width: number; height: number }, rules = today) {
  const result = await decodeImage(file, { shape: { ...side, channels: 3 }, rules });
  if ('reason' in result) throw new Error(result.reason);
  return result;
}

const worst = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? -999))), 0);

test.each(Object.entries(files))(
  '%s has the pixels that Pillow reads, on white.',
  async (name, is) => {
    const { pixels } = await decoded(fixture(name), is);
    expect(worst(pixels, Buffer.from(is.pixels, 'base64'))).toBeLessThanOrEqual(is.tolerance);
  },
);

test.each([
  ['white', [255, 255, 255]],
  ['grey', [128, 128, 128]],
  ['black', [0, 0, 0]],
  ['#1020f0', [16, 32, 240]],
  ['none', [10, 200, 30]],
] as const)('Hidden colours give way to a %s ground, also when scaled.', async (ground, colour) => {
  const hidden = [10, 200, 30, 0];
  const file = png({ width: 16, height: 16, kind: 'rgba' }, (_x, _y, c) => hidden[c] ?? 0);
  for (const side of [16, 8]) {
    const { pixels, notes } = await decoded(file, { width: side, height: side }, { ground });
    expect([...pixels]).toEqual(Array.from({ length: side * side }, () => colour).flat());
    expect(hasNote(notes, 'transparent')).toBe(true);
  }
});

test('Without rules alpha is ignored, as it was before there were any.', async () => {
  const file = png({ width: 8, height: 8, kind: 'rgba' }, (x, _y, c) => (c === 3 ? x * 30 : 90));
  const { pixels } = await decoded(file, { width: 8, height: 8 }, {});
  expect(new Set(pixels)).toEqual(new Set([90]));
});

test.each([
  ['full', (v: number) => Math.round(v / 257)],
  ['0..4095', (v: number) => Math.min(255, Math.round((v * 255) / 4095))],
  [
    '1000..3000',
    (v: number) => Math.round((Math.min(3000, Math.max(1000, v)) - 1000) * (255 / 2000)),
  ],
])('A window %s maps 16-bit samples and clips what is outside.', async (depth, level) => {
  const paint = (x: number, y: number): number => x * 500 + y * 7;
  const file = png({ width: 10, height: 8, kind: 'grey', depth: 16 }, paint);
  const { pixels, notes } = await decoded(file, { width: 10, height: 8 }, { depth });
  const expected = Array.from({ length: 80 }, (_, i) => level(paint(i % 10, Math.floor(i / 10))));
  expect([...pixels].filter((_, i) => i % 3 === 0)).toEqual(expected);
  expect(notes).toMatchObject({ low: 0, high: 4549 });
});

test('8-bit files know no window.', async () => {
  const file = noisePng(8, 1);
  const plain = await decoded(file, { width: 8, height: 8 });
  const windowed = await decoded(file, { width: 8, height: 8 }, { depth: '0..4095' });
  expect(windowed.pixels).toEqual(plain.pixels);
});

const photos = ['photo.jpg', 'photo-progressive.jpg', 'photo-restarts.jpg'];
const size = { width: 64, height: 48 };

/** Kinds of damage that viewers overlook, on a file that ends with its end mark. */
const tolerable: readonly (readonly [string, (file: Buffer) => Buffer, string])[] = [
  ['bytes after the end', (file) => Buffer.concat([file, Buffer.from('0123')]), 'bytes-after-end'],
  ['zeros after the end', (file) => Buffer.concat([file, Buffer.alloc(700)]), 'bytes-after-end'],
  ['a second picture behind it', (file) => Buffer.concat([file, file]), 'bytes-after-end'],
  ['no end mark', (file) => file.subarray(0, -2), 'no-end-mark'],
  ['half an end mark', (file) => file.subarray(0, -1), 'no-end-mark'],
  [
    'zeros for an end mark',
    (file) => Buffer.concat([file.subarray(0, -2), Buffer.alloc(8)]),
    'no-end-mark',
  ],
  [
    'erased flash for an end mark',
    (file) => Buffer.concat([file.subarray(0, -2), Buffer.alloc(999, 0xff)]),
    'no-end-mark',
  ],
  ...[0xdb, 0xc4, 0xc0, 0xda].map((marker) => {
    const insert = (file: Buffer): Buffer => {
      const wanted = marker === 0xc0 && file.indexOf(Buffer.of(0xff, 0xc0)) < 0 ? 0xc2 : marker;
      const at = file.indexOf(Buffer.of(0xff, wanted));
      const stray = Buffer.from([0, 0x12, 0xff, 0, 0x34]);
      return Buffer.concat([file.subarray(0, at), stray, file.subarray(at)]);
    };
    return [`stray bytes before ${marker.toString(16)}`, insert, 'extra-bytes'] as const;
  }),
];

test.each(photos.flatMap((photo) => tolerable.map((damage) => [photo, ...damage] as const)))(
  '%s with %s is decoded to the same pixels and noted.',
  async (photo, _, damage, kind) => {
    const whole = await decoded(fixture(photo), size);
    const file = damage(fixture(photo));
    const { pixels, notes } = await decoded(file, size);
    expect(worst(pixels, whole.pixels)).toBe(0);
    expect(NOTE_KINDS.filter((name) => hasNote(notes, name))).toEqual([kind]);
    expect(damageOf(notes)).toMatch(/^has /);
  },
);

test('Without the rule such a file is left out as before; bytes after the end never mattered.', async () => {
  for (const [, damage, kind] of tolerable) {
    const result = await decodeImage(damage(fixture('photo.jpg')), {
      shape: { ...size, channels: 3 },
    });
    expect('reason' in result).toBe(kind !== 'bytes-after-end');
  }
});

test.each(['photo.jpg', 'photo-restarts.jpg'])(
  'Of a cut %s the share of its blocks decides.',
  async (photo) => {
    const file = fixture(photo);
    const shares: number[] = [];
    for (let length = file.length - 2; length > 700; length -= 97) {
      const result = await decodeImage(file.subarray(0, length), {
        shape: { ...size, channels: 3 },
        rules: today,
      });
      const count = countJpegBlocks(file.subarray(0, length));
      const share = (count?.there ?? 0) / (count?.total ?? 1);
      shares.push(share);
      if (share < 0.5) {
        expect(result).toMatchObject({
          reason: expect.stringMatching(/^is cut off: only \d+ %/) as string,
        });
      } else if (share < 1) {
        const image = result as DecodedImage;
        expect(image.notes).toMatchObject({
          kinds: noteBit('cut'),
          share: Math.floor(share * 100),
        });
      }
    }
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(shares.at(-1)).toBeLessThan(0.5);
    expect(countJpegBlocks(file)).toMatchObject({ there: countJpegBlocks(file)?.total });
  },
);

test.each(['photo.jpg', 'photo-restarts.jpg'])(
  'A cut %s that was closed with an end mark is used and noted.',
  async (photo) => {
    const file = fixture(photo);
    for (const part of [0.9, 0.7]) {
      const cut = Buffer.concat([
        file.subarray(0, Math.floor(file.length * part)),
        Buffer.of(0xff, 0xd9),
      ]);
      const { notes } = await decoded(cut, size);
      expect(damageOf(notes)).toMatch(/^is cut off: \d\d %/);
    }
    expect(damageOf((await decoded(file, size)).notes)).toBeUndefined();
  },
);

test('The proposed window is that of the bits in use; a hot pixel or two hide nothing.', () => {
  const group = (
    bits: number,
    count: number,
    low = 0,
  ): Parameters<typeof proposedWindow>[0][0] => ({
    ...{ bits, count, low, high: 2 ** bits - 2 },
  });
  expect(proposedWindow([])).toBeUndefined();
  expect(proposedWindow([group(16, 5)])).toBeUndefined();
  expect(proposedWindow([group(12, 24)])).toEqual({ low: 0, high: 4095 });
  expect(proposedWindow([group(9, 3), group(10, 24)])).toEqual({ low: 0, high: 1023 });
  expect(proposedWindow([group(12, 99), group(16, 1)])).toEqual({ low: 0, high: 4095 });
  expect(proposedWindow([group(12, 9), group(16, 9)])).toBeUndefined();
  expect(proposedWindow([{ bits: 16, count: 4, low: 31_000, high: 35_000 }])).toEqual({
    ...{ low: 31_000, high: 35_000 },
  });
});

let space: Workspace;
beforeEach(() => (space = createWorkspace()));
afterEach(() => space.remove());

async function inspected(options: Partial<OpenOptions>): Promise<Inspection> {
  const dataset = await openDataset({
    ...{ source: space.root, cacheFolder: space.cache, valFraction: 0, ...options },
  });
  try {
    return await inspectDataset(dataset);
  } finally {
    await dataset.close();
  }
}

test('A 12-bit folder says so, proposes its window, and uses it when asked to find one.', async () => {
  for (let i = 0; i < 8; i++) {
    const paint = (x: number, y: number): number => 300 + ((x * 37 + y * 91 + i * 501) % 3700);
    space.write({
      [`${'ab'[i % 2] ?? ''}/${i}.png`]: png(
        { width: 16, height: 16, kind: 'grey', depth: 16 },
        paint,
      ),
    });
  }
  const full = await inspected(today);
  expect(full.depth).toMatchObject({ count: 8, rule: 'full', proposed: '0..4095', fitting: 8 });
  expect(formatInspection(full)).toContain('--set data.depth=0..4095');
  const found = await inspected({ ...today, depth: 'window' });
  const chosen = await inspected({ ...today, depth: '0..4095' });
  expect(found.depth).toMatchObject({ rule: '0..4095', clipped: 0 });
  expect(found.fingerprint).toBe(chosen.fingerprint);
  expect(found.fingerprint).not.toBe(full.fingerprint);
  expect((found.statistics.mean[0] ?? 0) / (full.statistics.mean[0] ?? 1)).toBeGreaterThan(15);
  expect((await inspected({ ...today, depth: '0..1000' })).depth?.clipped).toBe(8);
});

test('What was noted is kept in the pack, also when its making was broken off.', async () => {
  const photo = fixture('photo.jpg');
  for (let i = 0; i < 6; i++) space.write({ [`${'ab'[i % 2] ?? ''}/${i}.png`]: noisePng(48, i) });
  space.write({
    'a/no-end.jpg': photo.subarray(0, -2),
    'b/see-through.png': png({ width: 48, height: 48, kind: 'rgba' }, (x, y, c) => x + y + c),
  });
  const built = await inspected(today);
  const again = await inspected(today);
  for (const { damaged, transparent } of [built, again]) {
    expect(damaged).toMatchObject([{ source: 'a/no-end.jpg', reason: 'has no end mark' }]);
    expect(transparent.map(({ source }) => source)).toEqual(['b/see-through.png']);
  }
  const strict = await inspected({ ground: 'white' });
  expect(strict.damaged).toEqual([]);
  expect(strict.problems).toMatchObject([{ source: 'a/no-end.jpg' }]);
});
