// Turns the bytes of one image file into uint8 pixels of one size, on libuv's threads. Uses
// @napi-rs/image (Node-API, Rust): `sharp` crashes inside Electron on Linux. What becomes of alpha, 16-bit
// samples and damaged files, the pixel rules say. Bad input gives a reason.
import type * as ImageLibrary from '@napi-rs/image';
import { AppError, failure, messageOf } from '../../shared/errors.ts';
import { groundColour, type PixelRules } from '../../shared/spec/pixel-rules.ts';
import type { ResizePolicy } from '../../shared/spec/run.ts';
import type { ImageShape } from './dataset.ts';
import { furtherPictures } from './further-pictures.ts';
import { firstGifFrame } from './gif-frame.ts';
import { isRefusal, uprightSize, type ImageHeader } from './image-facts.ts';
import { incompleteness, readImageHeader } from './image-header.ts';
import { hasNote, NOTHING_TO_NOTE, withNote, type ImageNotes } from './image-notes.ts';
import { toColours, type Samples } from './image-samples.ts';
import { jpegShare, repairJpeg, type RepairedJpeg } from './jpeg-repair.ts';

/** Raised whenever the same file would give other pixels, so that caches are rebuilt. */
export const DECODER_VERSION = 3;

export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  readonly notes: ImageNotes;
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

/** What every picture is brought to, and by which rules its samples become colours. */
export interface Fitting {
  readonly shape: ImageShape;
  /** For pictures of other proportions; left out: `crop`. */
  readonly policy?: ResizePolicy | undefined;
  /** Left out: as before there were rules. */
  readonly rules?: PixelRules | undefined;
}

/**
 * Decodes, turns the picture upright, and brings it to the shape as the policy says. Scaling is
 * Catmull–Rom widened by the scale (antialiased); a picture that already fits is left as it is.
 */
export async function decodeImage(file: Buffer, fitting: Fitting): Promise<Decoded> {
  const isTolerant = fitting.rules?.damaged === 'accept';
  const header = readImageHeader(file, true, isTolerant);
  if (isRefusal(header)) return { reason: header.reason };
  try {
    const whole = wholeFile(file, header, isTolerant);
    if (typeof whole === 'string') return { reason: whole };
    const library = await loadLibrary();
    const scaled = await scaledPixels(library, whole.bytes, header, fitting);
    const pixels = toChannels(scaled.pixels, fitting.shape);
    const { kinds, share } =
      header.format === 'jpeg' && isTolerant
        ? withHiddenCut(whole, pixels, { ...fitting, orientation: header.orientation })
        : whole.notes;
    const further = furtherPictures(file, header.format);
    const notes = { ...scaled.notes, kinds: scaled.notes.kinds | kinds, share, further };
    return { ...uprightSize(header), pixels, notes };
  } catch (error) {
    if (error instanceof AppError) throw error; // of the library, not of the picture
    return { reason: `cannot be decoded: ${decoderMessage(error)}` };
  }
}

/**
 * A JPEG that was cut and closed with an end mark decodes without a word. What is missing is nearly one colour in
 * the corner that comes last in the file, so only pictures with such a corner pay for a count of their blocks.
 */
function withHiddenCut(
  { bytes, notes }: RepairedJpeg,
  pixels: Uint8Array,
  { shape, orientation }: { readonly shape: ImageShape; readonly orientation: number },
): ImageNotes {
  if (hasNote(notes, 'cut') || !isLastCornerPlain(pixels, shape, orientation)) return notes;
  const share = jpegShare(bytes);
  return share < 100 ? withNote({ ...notes, share }, 'cut') : notes;
}

/** Along an edge. */
const CORNER_SHARE = 1 / 8;
/** Decoders repeat the last block, dithered. */
const PLAIN_RANGE = 6;

function isLastCornerPlain(
  pixels: Uint8Array,
  { width, height, channels }: ImageShape,
  orientation: number,
): boolean {
  // The stored picture's bottom right, as EXIF's orientation turns it.
  const isRight = [1, 4, 5, 8].includes(orientation);
  const isBottom = [1, 2, 5, 6].includes(orientation);
  const columns = Math.max(2, Math.floor(width * CORNER_SHARE));
  const row = isBottom ? height - 1 : 0;
  const first = isRight ? width - columns : 0;
  for (let c = 0; c < channels; c++) {
    let [low, high] = [255, 0];
    for (let x = first; x < first + columns; x++) {
      const value = pixels[(row * width + x) * channels + c] ?? 0;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (high - low > PLAIN_RANGE) return false;
  }
  return true;
}

function wholeFile(
  file: Buffer,
  { format }: ImageHeader,
  isTolerant: boolean,
): RepairedJpeg | string {
  if (format === 'jpeg') return repairJpeg(file, isTolerant);
  return incompleteness(file, format) ?? { bytes: file, notes: NOTHING_TO_NOTE };
}

interface Scaled {
  readonly pixels: Uint8Array;
  readonly notes: ImageNotes;
}

async function scaledPixels(
  library: Library,
  file: Buffer,
  header: ImageHeader,
  fitting: Fitting,
): Promise<Scaled> {
  const { Transformer } = library;
  const { shape, rules = {} } = fitting;
  const size = uprightSize(header);
  const fits = size.width === shape.width && size.height === shape.height;
  const { format } = header;
  const isPlain =
    format === 'jpeg' ||
    (format === 'bmp' && (!header.alpha || groundColour(rules.ground) === undefined)) ||
    (!header.alpha && header.bitDepth <= 8 && !file.includes('tRNS') && format !== 'gif');
  if (isPlain && !fits) {
    const image = upright(library, new Transformer(file), header);
    return { pixels: await fitted(library, image, size, fitting), notes: NOTHING_TO_NOTE };
  }
  const raw =
    format === 'gif'
      ? firstGifFrame(file)
      : await upright(library, new Transformer(file), header).rawPixels();
  const { channels, pixels, notes } = toColours(samplesOf(raw, header), rules);
  if (fits) return { pixels, notes };
  // Alpha went before scaling: the scaler would weight the colours with it.
  const image = Transformer.fromRgbaPixels(opaque(pixels, channels), size.width, size.height);
  return { pixels: await fitted(library, image, size, fitting), notes };
}

/** The decoder gives 16-bit samples as native words. */
function samplesOf(raw: Uint8Array, { bitDepth, width, height }: ImageHeader): Samples {
  let values: Samples['values'] = raw;
  if (bitDepth === 16) {
    const aligned = raw.byteOffset % 2 === 0 ? raw : Uint8Array.from(raw);
    values = new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
  }
  const channels = values.length / (width * height);
  if (channels === 1 || channels === 2 || channels === 3 || channels === 4) {
    return { channels, values };
  }
  throw new Error(`it has ${channels} samples a pixel`);
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
  { shape, policy = 'crop' }: Fitting,
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

function opaque(pixels: Uint8Array, channels: 1 | 3): Uint8Array {
  const result = new Uint8Array((pixels.length / channels) * 4).fill(255);
  const colour = channels === 3 ? 1 : 0;
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
