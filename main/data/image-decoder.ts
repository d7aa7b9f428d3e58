// Turns the bytes of one image file into uint8 pixels of one size, on libuv's threads. Uses
// @napi-rs/image (Node-API, Rust): `sharp` crashes inside Electron on Linux. Alpha is dropped and
// 16-bit values are rounded to 8, as torchvision's loader does for RGB. Bad input gives a reason.
import type * as ImageLibrary from '@napi-rs/image';
import { AppError, failure, messageOf } from '../../shared/errors.ts';
import type { ResizePolicy } from '../../shared/spec/run.ts';
import type { ImageShape } from './dataset.ts';
import { firstGifFrame } from './gif-frame.ts';
import { isRefusal, uprightSize, type ImageHeader } from './image-facts.ts';
import { incompleteness, readImageHeader } from './image-header.ts';

/** Raised whenever the same file would give other pixels, so that caches are rebuilt. */
export const DECODER_VERSION = 2;

export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

export type Decoded = DecodedImage | { readonly reason: string };

type Library = typeof ImageLibrary;

let loading: Promise<Library> | undefined;

/** So that a missing library is found out before the first picture. @throws `decoder-missing` */
export async function loadDecoder(): Promise<void> {
  await loadLibrary();
}

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
 * Decodes, turns the picture upright, and brings it to the shape as the policy says. Scaling is
 * Catmull–Rom widened by the scale (antialiased); a picture that already fits is left as it is.
 */
export async function decodeImage(
  file: Buffer,
  shape: ImageShape,
  policy: ResizePolicy = 'crop',
): Promise<Decoded> {
  const header = readImageHeader(file, true);
  if (isRefusal(header)) return { reason: header.reason };
  try {
    const incomplete = incompleteness(file, header.format);
    if (incomplete !== undefined) return { reason: incomplete };
    const library = await loadLibrary();
    const pixels = await scaledPixels(library, file, header, { shape, policy });
    return { ...uprightSize(header), pixels: toChannels(pixels, shape) };
  } catch (error) {
    if (error instanceof AppError) throw error; // of the library, not of the picture
    return { reason: `cannot be decoded: ${decoderMessage(error)}` };
  }
}

/** What every picture is brought to. */
export interface Fitting {
  readonly shape: ImageShape;
  readonly policy: ResizePolicy;
}

async function scaledPixels(
  library: Library,
  file: Buffer,
  header: ImageHeader,
  { shape, policy }: Fitting,
): Promise<Uint8Array> {
  const { Transformer } = library;
  const size = uprightSize(header);
  const fits = size.width === shape.width && size.height === shape.height;
  const isPlain =
    header.format === 'jpeg' ||
    header.format === 'bmp' ||
    (!header.alpha && header.bitDepth <= 8 && !file.includes('tRNS') && header.format !== 'gif');
  if (isPlain && !fits) {
    return fitted(library, upright(library, new Transformer(file), header), size, {
      shape,
      policy,
    });
  }
  const raw =
    header.format === 'gif'
      ? firstGifFrame(file)
      : toBytes(await upright(library, new Transformer(file), header).rawPixels(), header);
  const channels = raw.length / (header.width * header.height);
  if (fits) return channels === 2 || channels === 4 ? withoutAlpha(raw, channels) : raw;
  // Alpha goes before scaling: the scaler would weight the colours with it.
  const image = Transformer.fromRgbaPixels(opaque(raw, channels), size.width, size.height);
  return fitted(library, image, size, { shape, policy });
}

function upright(
  { Orientation }: Library,
  image: ImageLibrary.Transformer,
  { orientation }: ImageHeader,
): ImageLibrary.Transformer {
  if (orientation === 1) return image;
  const turns = [
    Orientation.Horizontal,
    Orientation.MirrorHorizontal,
    Orientation.Rotate180,
    Orientation.MirrorVertical,
    Orientation.MirrorHorizontalAndRotate270Cw,
    Orientation.Rotate90Cw,
    Orientation.MirrorHorizontalAndRotate90Cw,
    Orientation.Rotate270Cw,
  ];
  return image.rotate(turns[orientation - 1]);
}

async function fitted(
  { ResizeFilterType, ResizeFit }: Library,
  image: ImageLibrary.Transformer,
  size: { readonly width: number; readonly height: number },
  { shape, policy }: Fitting,
): Promise<Uint8Array> {
  // Not `fastResize`: its cover mode crops beside the middle.
  const scaled = (width: number, height: number, fit: ImageLibrary.ResizeFit): Promise<Buffer> =>
    image.resize({ width, height, filter: ResizeFilterType.CatmullRom, fit }).rawPixels();
  const { width, height } = shape;
  if (policy === 'crop') return scaled(width, height, ResizeFit.Cover);
  if (policy === 'squash') return scaled(width, height, ResizeFit.Fill);
  const scale = Math.min(width / size.width, height / size.height);
  const inner = {
    width: Math.min(width, Math.max(1, Math.round(size.width * scale))),
    height: Math.min(height, Math.max(1, Math.round(size.height * scale))),
  };
  return centred(await scaled(inner.width, inner.height, ResizeFit.Fill), inner, shape);
}

/** On black, in the middle. */
function centred(
  pixels: Uint8Array,
  inner: { readonly width: number; readonly height: number },
  { width, height }: ImageShape,
): Uint8Array {
  const channels = pixels.length / (inner.width * inner.height);
  const result = new Uint8Array(width * height * channels);
  const left = (width - inner.width) >> 1;
  const top = (height - inner.height) >> 1;
  for (let y = 0; y < inner.height; y++) {
    const row = pixels.subarray(y * inner.width * channels, (y + 1) * inner.width * channels);
    result.set(row, ((top + y) * width + left) * channels);
  }
  return result;
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
    .replace(/^Format error decoding \w+: /, '')
    .replace(/\s+/g, ' ')
    .replace(/[\s.]+$/, '');
}
