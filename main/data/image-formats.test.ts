import { expect, test } from 'vitest';
import type { ImageShape } from './dataset.ts';
import { decodeImage, type DecodedImage } from './image-decoder.ts';
import {
  bmp,
  exifData,
  flatJpeg,
  gif,
  jpeg,
  jpegWithExif,
  lossyWebp,
  png,
  pngWithExif,
  webp,
  webpWithExif,
  type Paint,
} from './testing/fixtures.ts';

const colour = (height: number, width = height): ImageShape => ({ height, width, channels: 3 });

async function decoded(
  file: Buffer,
  shape: ImageShape,
  policy?: 'crop' | 'squash' | 'pad',
): Promise<DecodedImage> {
  const result = await decodeImage(file, { shape, policy });
  if ('reason' in result) throw new Error(result.reason);
  return result;
}

function worst(pixels: Uint8Array, width: number, paint: Paint): number {
  return Math.max(
    ...[...pixels].map((value, i) =>
      Math.abs(value - paint(Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3)),
    ),
  );
}

const smooth: Paint = (x, y, c) => (c === 3 ? 255 : 30 + x * 4 + y * 3 + c * 15);
const translucent: Paint = (x, y, c) => (c === 3 ? 40 + x : smooth(x, y, c));
const grey = (x: number, y: number): number => 10 + x * 5 + y * 4;
const [width, height] = [24, 16];
const size: [number, number] = [width, height];

test.each<[string, Buffer, Paint, number]>([
  ['WebP, lossless', await webp(width, height, smooth), smooth, 0],
  ['WebP, lossy', await lossyWebp(width, height, smooth), smooth, 12],
  ['WebP with alpha', await webp(width, height, translucent), smooth, 1],
  ['BMP', bmp(width, height, smooth), smooth, 0],
  ['GIF', gif(width, height, [grey]), grey, 0],
  ['GIF of two frames (the first)', gif(width, height, [grey, () => 7]), grey, 0],
  ['JPEG', await jpeg(width, height, smooth), smooth, 8],
  ['grey PNG', png({ width, height, kind: 'grey' }, grey), grey, 0],
  ['16-bit PNG', png({ width, height, depth: 16 }, (x, y, c) => smooth(x, y, c) * 257), smooth, 0],
])('%s: the pixels are those that were written.', async (_, file, paint, tolerance) => {
  const image = await decoded(file, colour(height, width));
  expect([image.width, image.height]).toEqual(size);
  expect(worst(image.pixels, width, paint)).toBeLessThanOrEqual(tolerance);
  // And at another size: the same picture, half as large.
  const small = await decoded(file, colour(8, 12));
  const halved: Paint = (x, y, c) => paint(2 * x + 0.5, 2 * y + 0.5, c);
  expect(worst(small.pixels, 12, halved)).toBeLessThanOrEqual(tolerance + 3);
});

test('A CMYK JPEG becomes the colours that its inks mix to.', async () => {
  // Adobe stores 255 minus the ink: no cyan, half magenta, full yellow, no black is orange.
  const { pixels } = await decoded(flatJpeg(16, 16, [255, 128, 0, 255]), colour(16));
  const [red = 0, green = 0, blue = 0] = pixels;
  expect(red).toBeGreaterThan(240);
  expect(Math.abs(green - 128)).toBeLessThan(20);
  expect(blue).toBeLessThan(20);
});

/** Where EXIF says that the stored pixel of the upright place (x, y) is; w, h are the upright size. */
const stored: Record<number, (x: number, y: number, w: number, h: number) => [number, number]> = {
  1: (x, y) => [x, y],
  2: (x, y, w) => [w - 1 - x, y],
  3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
  4: (x, y, _, h) => [x, h - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, w) => [y, w - 1 - x],
  7: (x, y, w, h) => [h - 1 - y, w - 1 - x],
  8: (x, y, _, h) => [h - 1 - y, x],
};

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'Pictures with the EXIF orientation %i are turned upright.',
  async (orientation) => {
    const turned = orientation >= 5;
    const [w, h] = turned ? [height, width] : size;
    const upright: Paint = (x, y, c) => {
      const [sx = 0, sy = 0] = stored[orientation]?.(x, y, w, h) ?? [];
      return smooth(sx, sy, c);
    };
    for (const [file, tolerance] of [
      [jpegWithExif(await jpeg(width, height, smooth), exifData(orientation, 'II')), 8],
      [pngWithExif(png({ width, height }, smooth), exifData(orientation)), 0],
      [webpWithExif(await webp(width, height, smooth), size, exifData(orientation)), 0],
    ] as const) {
      const image = await decoded(file, colour(h, w));
      expect([image.width, image.height]).toEqual([w, h]);
      expect(worst(image.pixels, w, upright)).toBeLessThanOrEqual(tolerance);
    }
  },
);

test('Damaged EXIF is passed over.', async () => {
  const plain = await jpeg(width, height, smooth);
  for (const exif of [Buffer.from('MM'), exifData(9), exifData(6).subarray(0, 12)]) {
    const image = await decoded(jpegWithExif(plain, exif), colour(height, width));
    expect([image.width, image.height]).toEqual(size);
  }
});

test('Squashing keeps the whole picture, padding keeps its proportions on black.', async () => {
  const file = png({ width: 80, height: 40 }, (x) => 55 + Math.round((x / 79) * 200));
  const row = (pixels: Uint8Array, y: number): number[] =>
    Array.from({ length: 20 }, (_, x) => pixels[(y * 20 + x) * 3] ?? -1);
  const squashed = row((await decoded(file, colour(20), 'squash')).pixels, 10);
  expect(squashed[0]).toBeLessThan(62);
  expect(squashed[19]).toBeGreaterThan(248);
  const { pixels } = await decoded(file, colour(20), 'pad');
  expect(row(pixels, 10)).toEqual(squashed);
  for (const y of [0, 4, 15, 19]) expect(row(pixels, y)).toEqual(Array(20).fill(0));
  for (const y of [5, 14]) expect(row(pixels, y)).toEqual(squashed);
});

test.each([8, 9, 31, 64, 224, 512])(
  'Pictures are brought to %i pixels by each policy.',
  async (side) => {
    const file = png({ width: 50, height: 30 }, smooth);
    for (const policy of ['crop', 'squash', 'pad'] as const) {
      expect((await decoded(file, colour(side), policy)).pixels).toHaveLength(side * side * 3);
    }
  },
);

const formats: [string, Buffer][] = [
  ['WebP', await webp(width, height, smooth)],
  ['lossy WebP', await lossyWebp(width, height, smooth)],
  ['BMP', bmp(width, height, smooth)],
  ['GIF', gif(width, height, [grey])],
];

test.each(formats)('A %s file that is cut off is refused with a reason.', async (_, file) => {
  for (const length of [1, 6, 13, 20, file.length >> 1, file.length - 8]) {
    const result = await decodeImage(file.subarray(0, length), { shape: colour(16) });
    expect('reason' in result ? result.reason : length).toMatch(/^(is|cannot be decoded)/);
  }
});

test.each(formats)('Random damage to a %s file gives pixels or a reason.', async (_, source) => {
  const { createRng } = await import('../../shared/rng.ts');
  const rng = createRng(5, 'damage');
  for (let round = 0; round < 60; round++) {
    const file = Buffer.from(source);
    for (let i = 1 + rng.below(12); i > 0; i--) file[rng.below(file.length)] = rng.below(256);
    const result = await decodeImage(file, { shape: colour(16) });
    if ('reason' in result) expect(result.reason).toMatch(/^(is|cannot|has) /);
    else expect(result.pixels).toHaveLength(768);
  }
});
