import { expect, test } from 'vitest';
import type { ImageShape } from './dataset.ts';
import { decodeImage, type DecodedImage } from './image-decoder.ts';
import { flatGreyJpeg, jpeg, noisePng, png, progressive, type Paint } from './testing/fixtures.ts';

const colour = (height: number, width = height): ImageShape => ({ height, width, channels: 3 });
const grey = (height: number, width = height): ImageShape => ({ height, width, channels: 1 });

async function decoded(file: Buffer, shape: ImageShape): Promise<DecodedImage> {
  const result = await decodeImage(file, { shape });
  if ('reason' in result) throw new Error(result.reason);
  return result;
}

const ramp: Paint = (x, y, c) => x * 8 + y * 4 + c * 20;

test('A PNG of the wanted size keeps every pixel.', async () => {
  const file = png({ width: 12, height: 8 }, ramp);
  const { pixels, width, height } = await decoded(file, colour(8, 12));
  expect([width, height]).toEqual([12, 8]);
  const expected = Array.from({ length: 12 * 8 * 3 }, (_, i) =>
    ramp(Math.floor(i / 3) % 12, Math.floor(i / 36), i % 3),
  );
  expect([...pixels]).toEqual(expected);
});

test.each([
  ['grey', 8, (v: number) => v],
  ['grey', 16, (v: number) => v * 257 + 100],
  ['rgb', 16, (v: number) => v * 257 - (v > 0 ? 100 : 0)],
  ['palette', 8, (v: number) => v],
] as const)(
  'A %s PNG of %i bits gives its values as 8-bit colour.',
  async (kind, depth, encode) => {
    const file = png({ width: 8, height: 8, kind, depth }, (x, y) => encode(x * 8 + y * 20));
    const { pixels } = await decoded(file, colour(8));
    const expected = Array.from({ length: 192 }, (_, i) => {
      return (Math.floor(i / 3) % 8) * 8 + Math.floor(i / 24) * 20;
    });
    expect([...pixels]).toEqual(expected);
  },
);

test.each(['greyAlpha', 'rgba'] as const)(
  'Alpha of a %s PNG is dropped, before scaling too.',
  async (kind) => {
    const alpha = kind === 'rgba' ? 3 : 1;
    const file = png({ width: 16, height: 16, kind }, (x, _, c) => (c === alpha ? x * 3 : 90));
    for (const side of [16, 8]) {
      const { pixels } = await decoded(file, colour(side));
      expect(pixels).toHaveLength(side * side * 3);
      expect(new Set(pixels)).toEqual(new Set([90]));
    }
  },
);

test('Colour becomes grey by luma, grey becomes colour by repetition.', async () => {
  const red = png({ width: 8, height: 8 }, (_x, _y, c) => (c === 0 ? 200 : 50));
  const luma = Math.floor((200 * 299 + 50 * 587 + 50 * 114 + 500) / 1000);
  expect(new Set((await decoded(red, grey(8))).pixels)).toEqual(new Set([luma]));
  const dark = png({ width: 16, height: 16, kind: 'grey' }, () => 33);
  const { pixels } = await decoded(dark, colour(8));
  expect(pixels).toHaveLength(192);
  expect(new Set(pixels)).toEqual(new Set([33]));
});

test('A wide picture is scaled to its short side and cropped in the middle.', async () => {
  const file = png({ width: 80, height: 40 }, (x) => Math.round((x / 79) * 255));
  const { pixels, width, height } = await decoded(file, colour(20));
  expect([width, height]).toEqual([80, 40]);
  const row = [...pixels.subarray(0, 60)].filter((_, i) => i % 3 === 0);
  // Columns 20 … 59 of 80, averaged by twos.
  row.forEach((value, x) => {
    expect(Math.abs(value - ((20.5 + 2 * x) / 79) * 255)).toBeLessThan(1.5);
  });
});

test('Scaling down averages: a fine checkerboard becomes even grey.', async () => {
  const file = png({ width: 128, height: 128 }, (x, y) => (((x >> 1) + (y >> 1)) % 2) * 255);
  const { pixels } = await decoded(file, colour(16));
  expect(Math.max(...pixels) - Math.min(...pixels)).toBeLessThan(4);
});

test('Small pictures are scaled up.', async () => {
  const { pixels } = await decoded(
    png({ width: 5, height: 9 }, () => 77),
    colour(16),
  );
  expect(pixels).toHaveLength(768);
  expect(new Set(pixels)).toEqual(new Set([77]));
});

test('Baseline and progressive JPEG give nearly the picture that was encoded.', async () => {
  const paint: Paint = (x, y, c) => 40 + x * 2 + y + c * 10;
  const baseline = await jpeg(48, 48, paint);
  for (const file of [baseline, await progressive(baseline)]) {
    const { pixels } = await decoded(file, colour(48));
    const worst = Math.max(
      ...pixels.map((value, i) =>
        Math.abs(value - paint(Math.floor(i / 3) % 48, Math.floor(i / 144), i % 3)),
      ),
    );
    expect(worst).toBeLessThan(12);
  }
});

test.each([40, 128, 200])(
  'A grey JPEG of value %i is read as grey and as colour.',
  async (value) => {
    const file = flatGreyJpeg(24, 16, value);
    for (const [shape, length] of [
      [grey(16, 24), 384],
      [colour(16, 24), 1152],
      [grey(8), 64],
      [colour(8), 192],
    ] as const) {
      const { pixels } = await decoded(file, shape);
      expect(pixels).toHaveLength(length);
      expect(new Set(pixels)).toEqual(new Set([value]));
    }
  },
);

test('Bytes after the end of a JPEG do no harm.', async () => {
  const file = Buffer.concat([flatGreyJpeg(8, 8, 70), Buffer.from('a maker’s note')]);
  expect(new Set((await decoded(file, grey(8))).pixels)).toEqual(new Set([70]));
});

const photo = await jpeg(64, 64, (x, y, c) => (x * 3 + y * 5 + c * 40) % 256);
const picture = noisePng(16, 1);

function changed(file: Buffer, at: number, ...bytes: number[]): Buffer {
  const copy = Buffer.from(file);
  copy.set(bytes, at);
  return copy;
}

test.each<[string, Buffer, string]>([
  ['empty', Buffer.alloc(0), 'is empty'],
  [
    'text',
    Buffer.from('not an image at all'),
    'is no image: it is neither JPEG, PNG, WebP, TIFF, AVIF, BMP nor GIF',
  ],
  [
    'a TIFF cut in its header',
    Buffer.from('II*\0........'),
    'is truncated: it ends before the picture begins',
  ],
  [
    'a PNG cut in its header',
    picture.subarray(0, 20),
    'is truncated: it ends before the picture begins',
  ],
  [
    'a PNG cut in its data',
    picture.subarray(0, 400),
    'is truncated: it ends before the PNG end mark',
  ],
  [
    'a PNG without its end',
    picture.subarray(0, picture.length - 12),
    'is truncated: it ends before the PNG end mark',
  ],
  [
    'a PNG with a flipped bit',
    changed(picture, 100, (picture[100] ?? 0) ^ 1),
    'cannot be decoded: CRC error',
  ],
  ['a PNG of no width', changed(picture, 16, 0, 0, 0, 0), 'is damaged: its size is 0×16'],
  [
    'a PNG of absurd size',
    changed(picture, 16, 0x7f, 0, 0, 0),
    'is too large: 2130706432×16 pixels',
  ],
  [
    'a PNG that begins with data',
    changed(picture, 12, 0x49, 0x44, 0x41, 0x54),
    'is damaged: it has no PNG header',
  ],
  ['two bytes of a JPEG', photo.subarray(0, 2), 'is truncated: it ends before the picture begins'],
  [
    'a JPEG cut in its tables',
    photo.subarray(0, 12),
    'is truncated: it ends before the picture begins',
  ],
  [
    'a JPEG cut in half',
    photo.subarray(0, photo.length >> 1),
    'is truncated: it ends before the JPEG end mark',
  ],
  [
    'a JPEG without its last byte',
    photo.subarray(0, photo.length - 1),
    'is truncated: it ends before the JPEG end mark',
  ],
  ['a JPEG with a broken marker', changed(photo, 2, 0x00), 'is damaged: a JPEG marker is missing'],
])('Of %s the decoder says what is wrong.', async (_, file, reason) => {
  const result = await decodeImage(file, { shape: colour(16) });
  expect('reason' in result && result.reason.startsWith(reason) ? reason : result).toBe(reason);
});

test('Random damage never crashes: every file gives pixels or a reason.', async () => {
  const { createRng } = await import('../../shared/rng.ts');
  const rng = createRng(3, 'damage');
  for (let round = 0; round < 200; round++) {
    const source = round % 2 === 0 ? photo : picture;
    const file = Buffer.from(source.subarray(0, 1 + rng.below(source.length)));
    for (let i = rng.below(12); i > 0; i--) file[rng.below(file.length)] = rng.below(256);
    const result = await decodeImage(file, { shape: colour(16) });
    if ('reason' in result) expect(result.reason).toMatch(/^(is|cannot|has) /);
    else expect(result.pixels).toHaveLength(768);
  }
});
