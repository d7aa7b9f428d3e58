// Turns the bytes of one JPEG or PNG into uint8 pixels of one size, on libuv's threads. Uses
// @napi-rs/image (Node-API, Rust): `sharp` crashes inside Electron on Linux. Alpha is dropped and
// 16-bit values are rounded to 8, as torchvision's loader does for RGB. Bad input gives a reason.
import type * as ImageLibrary from '@napi-rs/image';
import { failure, messageOf } from '../../shared/errors.ts';
import type { ImageShape } from './dataset.ts';
import { incompleteness, isRefusal, readImageHeader, type ImageHeader } from './image-header.ts';

/** Raised whenever the same file would give other pixels, so that caches are rebuilt. */
export const DECODER_VERSION = 1;

export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

export type Decoded = DecodedImage | { readonly reason: string };

type Library = typeof ImageLibrary;

let loading: Promise<Library> | undefined;

/** Loaded when the first picture needs it: opening from the cache never does. */
function loadLibrary(): Promise<Library> {
  loading ??= import('@napi-rs/image').catch((error: unknown) => {
    throw failure(
      'decoder-missing',
      `The image decoder @napi-rs/image does not load on ${process.platform}-${process.arch}: ${messageOf(error)}. Install the packages again (npm ci).`,
      { cause: error },
    );
  });
  return loading;
}

/**
 * Decodes, scales the picture so that it covers the shape, and crops the middle. Scaling is
 * Catmull–Rom widened by the scale (antialiased); a picture that already fits is left as it is.
 */
export async function decodeImage(file: Buffer, shape: ImageShape): Promise<Decoded> {
  const header = readImageHeader(file, true);
  if (isRefusal(header)) return { reason: header.reason };
  const incomplete = incompleteness(file, header.format);
  if (incomplete !== undefined) return { reason: incomplete };
  const { width, height } = header;
  const library = await loadLibrary();
  try {
    const pixels = await scaledPixels(library, file, header, shape);
    return { width, height, pixels: toChannels(pixels, shape) };
  } catch (error) {
    return { reason: `cannot be decoded: ${decoderMessage(error)}` };
  }
}

async function scaledPixels(
  library: Library,
  file: Buffer,
  header: ImageHeader,
  shape: ImageShape,
): Promise<Uint8Array> {
  const { Transformer } = library;
  const fits = header.width === shape.width && header.height === shape.height;
  const plain = !header.alpha && header.bitDepth <= 8 && !file.includes('tRNS');
  if ((header.format === 'jpeg' || plain) && !fits) {
    return cover(library, new Transformer(file), shape).rawPixels();
  }
  const raw = toBytes(await new Transformer(file).rawPixels(), header);
  const channels = raw.length / (header.width * header.height);
  if (fits) return channels === 2 || channels === 4 ? withoutAlpha(raw, channels) : raw;
  // Alpha goes before scaling: the scaler would weight the colours with it.
  return cover(
    library,
    Transformer.fromRgbaPixels(opaque(raw, channels), header.width, header.height),
    shape,
  ).rawPixels();
}

function cover(
  { ResizeFilterType, ResizeFit }: Library,
  image: ImageLibrary.Transformer,
  { width, height }: ImageShape,
): ImageLibrary.Transformer {
  // Not `fastResize`: its cover mode crops beside the middle.
  return image.resize({
    width,
    height,
    filter: ResizeFilterType.CatmullRom,
    fit: ResizeFit.Cover,
  });
}

/** The decoder gives 16-bit samples as native words. */
function toBytes(raw: Buffer, header: ImageHeader): Uint8Array {
  if (header.bitDepth !== 16) return raw;
  const aligned = raw.byteOffset % 2 === 0 ? raw : Buffer.from(raw);
  const words = new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
  return Uint8Array.from(words, (word) => Math.round(word / 257));
}

function withoutAlpha(pixels: Uint8Array, channels: 2 | 4): Uint8Array {
  const kept = channels - 1;
  const result = new Uint8Array((pixels.length / channels) * kept);
  for (let from = 0, to = 0; from < pixels.length; from += channels, to += kept) {
    for (let c = 0; c < kept; c++) result[to + c] = pixels[from + c] ?? 0;
  }
  return result;
}

function opaque(pixels: Uint8Array, channels: number): Uint8Array {
  const result = new Uint8Array((pixels.length / channels) * 4).fill(255);
  const colour = channels >= 3 ? 1 : 0;
  for (let from = 0, to = 0; from < pixels.length; from += channels, to += 4) {
    result[to] = pixels[from] ?? 0;
    result[to + 1] = pixels[from + colour] ?? 0;
    result[to + 2] = pixels[from + 2 * colour] ?? 0;
  }
  return result;
}

/** Grey ↔ colour; grey is the luma of ITU-R 601, as everywhere in image software. */
function toChannels(pixels: Uint8Array, shape: ImageShape): Uint8Array {
  const count = shape.width * shape.height;
  const given = pixels.length / count;
  if (given === shape.channels) return pixels;
  const result = new Uint8Array(count * shape.channels);
  for (let i = 0; i < count; i++) {
    const at = i * given;
    if (shape.channels === 1) {
      const [red, green, blue] = [pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0];
      result[i] = given >= 3 ? (red * 299 + green * 587 + blue * 114 + 500) / 1000 : red;
    } else {
      const colour = given >= 3 ? 1 : 0;
      for (let c = 0; c < 3; c++) result[i * 3 + c] = pixels[at + c * colour] ?? 0;
    }
  }
  return result;
}

/** The library's text without its own prefixes, on one line and without a full stop. */
function decoderMessage(error: unknown): string {
  return messageOf(error)
    .replace(/^Decode image failed /, '')
    .replace(/^Format error decoding (Jpeg|Png): /, '')
    .replace(/\s+/g, ' ')
    .replace(/[\s.]+$/, '');
}
