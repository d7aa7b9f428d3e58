// Real image bytes and folders for the tests of this layer, made on the spot. PNG is written here, in
// every variant; JPEG comes from the image library's encoder.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { compressJpeg, Transformer } from '@napi-rs/image';
import { GifWriter } from 'omggif';
import { createRng } from '../../../shared/rng.ts';

export type Paint = (x: number, y: number, channel: number) => number;

/** PNG colour types by what they hold. */
const COLOUR_TYPES = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgba: 6 } as const;
const SAMPLES = { grey: 1, rgb: 3, palette: 1, greyAlpha: 2, rgba: 4 } as const;

export interface PngOptions {
  readonly width: number;
  readonly height: number;
  readonly kind?: keyof typeof COLOUR_TYPES;
  readonly depth?: 8 | 16;
}

export function png({ width, height, kind = 'rgb', depth = 8 }: PngOptions, paint: Paint): Buffer {
  const samples = SAMPLES[kind];
  const sampleBytes = depth / 8;
  const rowBytes = 1 + width * samples * sampleBytes;
  const raw = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < width * samples; i++) {
      const value = paint(Math.floor(i / samples), y, i % samples);
      const at = y * rowBytes + 1 + i * sampleBytes;
      if (depth === 16) raw.writeUInt16BE(value, at);
      else raw[at] = value;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = depth;
  header[9] = COLOUR_TYPES[kind];
  const palette = Buffer.from(Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...(kind === 'palette' ? [chunk('PLTE', palette)] : []),
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const frame = Buffer.alloc(8 + named.length);
  frame.writeUInt32BE(data.length, 0);
  named.copy(frame, 4);
  frame.writeUInt32BE(crc32(named), 4 + named.length);
  return frame;
}

function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

/** A colour JPEG of a smooth picture, baseline. */
export function jpeg(width: number, height: number, paint: Paint): Promise<Buffer> {
  const pixels = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) pixels[(y * width + x) * 4 + c] = paint(x, y, c);
    }
  }
  return Transformer.fromRgbaPixels(pixels, width, height).jpeg(92);
}

export function progressive(baseline: Buffer): Promise<Buffer> {
  return compressJpeg(baseline, { quality: 90, optimizeScans: true });
}

/** A picture of its own for each number: coloured noise. */
export function noisePng(side: number, seed: number): Buffer {
  const rng = createRng(seed, 'fixture');
  return png({ width: side, height: side }, () => rng.below(256));
}

export interface Workspace {
  readonly root: string;
  readonly cache: string;
  path(...parts: string[]): string;
  /** Writes files given as relative path → bytes, making folders as needed. */
  write(files: Readonly<Record<string, Uint8Array | string>>): void;
  remove(): void;
}

export function createWorkspace(): Workspace {
  const top = mkdtempSync(join(tmpdir(), 'resnet-lab-data-'));
  const root = join(top, 'set');
  mkdirSync(root);
  return {
    root,
    cache: join(top, 'cache'),
    path: (...parts) => join(root, ...parts),
    write: (files) => {
      for (const [path, bytes] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), bytes);
      }
    },
    remove: () => rmSync(top, { recursive: true, force: true }),
  };
}

/** A disk of 128 KiB, to be unmounted by the test; false if this user or system cannot. */
export function mountSmall(folder: string): boolean {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // not root, or not Linux
  }
}

/**
 * A baseline JPEG of one value per component (1: grey, 4: CMYK as Adobe writes it, inverted), encoded by
 * hand because the library's encoder always writes colour: only the first block of each component has
 * a coefficient, all others repeat it. Sizes are multiples of 8.
 */
export function flatJpeg(width: number, height: number, values: readonly number[]): Buffer {
  const marker = (code: number, payload: readonly number[]): Buffer =>
    Buffer.from([0xff, code, (payload.length + 2) >> 8, (payload.length + 2) & 255, ...payload]);
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const lengths = (bits: number, codes: number): number[] =>
    Array.from({ length: 16 }, (_, i) => (i + 1 === bits ? codes : 0));
  // Brightness codes: categories 0 … 11 as four bits each. Detail codes: only "end of block", one bit.
  const brightness = [0x00, ...lengths(4, 12), ...Array(12).keys()];
  const detail = [0x10, ...lengths(1, 1), 0x00];
  const firstBlock = (value: number): string => {
    // With a quantizer of 8 the coefficient is the block's mean above 128.
    const level = value - 128;
    const category = level === 0 ? 0 : 32 - Math.clz32(Math.abs(level));
    const amplitude = level < 0 ? level + (1 << category) - 1 : level;
    const code = category.toString(2).padStart(4, '0');
    return `${code}${category > 0 ? amplitude.toString(2).padStart(category, '0') : ''}0`;
  };
  const others = (width / 8) * (height / 8) - 1;
  let bits = values.map(firstBlock).join('') + '00000'.repeat(others * values.length);
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const scan = (bits.match(/.{8}/g) ?? []).flatMap((byte) => {
    const word = parseInt(byte, 2);
    return word === 0xff ? [0xff, 0] : [word];
  });
  const adobe = [...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, 0];
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...(values.length === 4 ? [marker(0xee, adobe)] : []),
    marker(0xdb, [0, ...Array<number>(64).fill(8)]),
    marker(0xc0, [8, ...size, values.length, ...values.flatMap((_, i) => [i + 1, 0x11, 0])]),
    marker(0xc4, brightness),
    marker(0xc4, detail),
    marker(0xda, [values.length, ...values.flatMap((_, i) => [i + 1, 0]), 0, 63, 0]),
    Buffer.from(scan),
    Buffer.from([0xff, 0xd9]),
  ]);
}

export function flatGreyJpeg(width: number, height: number, value: number): Buffer {
  return flatJpeg(width, height, [value]);
}

function rgba(width: number, height: number, paint: Paint): Uint8Array {
  const pixels = new Uint8Array(width * height * 4);
  for (let i = 0; i < pixels.length; i++) {
    const place = i >> 2;
    pixels[i] = paint(place % width, Math.floor(place / width), i & 3);
  }
  return pixels;
}

/** Lossless; the fourth channel is alpha. */
export function webp(width: number, height: number, paint: Paint): Promise<Buffer> {
  return Transformer.fromRgbaPixels(rgba(width, height, paint), width, height).webpLossless();
}

export function lossyWebp(width: number, height: number, paint: Paint): Promise<Buffer> {
  return Transformer.fromRgbaPixels(rgba(width, height, paint), width, height).webp(90);
}

/** 24 bits a pixel, rows from the bottom, as Windows writes them. */
export function bmp(width: number, height: number, paint: Paint): Buffer {
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + rowBytes * height);
  file.write('BM', 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        file[54 + (height - 1 - y) * rowBytes + x * 3 + 2 - c] = paint(x, y, c);
      }
    }
  }
  return file;
}

/** One frame for each list of grey values 0 … 255, each as large as the screen. */
export function gif(
  width: number,
  height: number,
  frames: readonly ((x: number, y: number) => number)[],
): Buffer {
  const bytes = Buffer.alloc(1024 + frames.length * width * height * 2);
  const palette = Array.from({ length: 256 }, (_, i) => i * 0x010101);
  const writer = new GifWriter(bytes, width, height, { palette, loop: 0 });
  for (const paint of frames) {
    const indices = Array.from({ length: width * height }, (_, i) =>
      paint(i % width, Math.floor(i / width)),
    );
    writer.addFrame(0, 0, width, height, indices, { delay: 10 });
  }
  return Buffer.from(bytes.subarray(0, writer.end()));
}

/** EXIF data that holds nothing but an orientation. */
export function exifData(orientation: number, order: 'II' | 'MM' = 'MM'): Buffer {
  const little = order === 'II';
  const tiff = Buffer.alloc(26);
  tiff.write(order, 'latin1');
  const short = (value: number, at: number): number =>
    little ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at);
  const long = (value: number, at: number): number =>
    little ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at);
  short(42, 2);
  long(8, 4);
  short(1, 8);
  short(0x0112, 10);
  short(3, 12);
  long(1, 14);
  short(orientation, 18);
  return tiff;
}

export function jpegWithExif(file: Buffer, exif: Buffer): Buffer {
  const payload = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), exif]);
  const head = Buffer.from([0xff, 0xe1, (payload.length + 2) >> 8, (payload.length + 2) & 255]);
  return Buffer.concat([file.subarray(0, 2), head, payload, file.subarray(2)]);
}

export function pngWithExif(file: Buffer, exif: Buffer): Buffer {
  return Buffer.concat([file.subarray(0, 33), chunk('eXIf', exif), file.subarray(33)]);
}

/** A simple WebP file as an extended one. */
export function webpWithExif(file: Buffer, size: [number, number], exif: Buffer): Buffer {
  const part = (name: string, data: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.write(name, 'latin1');
    head.writeUInt32LE(data.length, 4);
    return Buffer.concat([head, data, Buffer.alloc(data.length & 1)]);
  };
  const extended = Buffer.alloc(10);
  extended[0] = 0x08;
  extended.writeUIntLE(size[0] - 1, 4, 3);
  extended.writeUIntLE(size[1] - 1, 7, 3);
  const body = Buffer.concat([
    Buffer.from('WEBP'),
    part('VP8X', extended),
    file.subarray(12),
    part('EXIF', exif),
  ]);
  return part('RIFF', body);
}
