// The header of a TIFF file: its first picture. Which kinds the decoder can read is known here, so that
// others are named with what to do. Bytes in, facts or a reason out.
// TIFF 6.0 (Adobe, 1992); the tags' numbers are its appendix A.
import { cutOff, refuse, sized, type ImageHeader, type NotAnImage } from './image-facts.ts';

const TAG = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  stripByteCounts: 279,
  tileOffsets: 324,
  tileByteCounts: 325,
  sampleFormat: 339,
} as const;

const MOST_ENTRIES = 4096;
/** Strips or tiles; no picture that is small enough has more. */
const MOST_VALUES = 1 << 20;
const JPEG_COMPRESSION = 7;

/** Of the first picture; a value stands for a list of one. */
type Tags = ReadonlyMap<number, readonly number[]>;

export function isTiff(bytes: Buffer): boolean {
  const mark = bytes.toString('latin1', 0, 4);
  return mark === 'II*\0' || mark === 'MM\0*' || isBigTiff(mark);
}

function isBigTiff(mark: string): boolean {
  return mark === 'II+\0' || mark === 'MM\0+';
}

export function readTiff(bytes: Buffer, complete: boolean): ImageHeader | NotAnImage {
  if (isBigTiff(bytes.toString('latin1', 0, 4))) {
    return refuse('is a BigTIFF, which is not read; save it as a plain TIFF or PNG');
  }
  const tags = readTags(bytes);
  // The directory often stands behind the picture.
  if (tags === 'outside') return complete ? cutOff(true) : { ...cutOff(false), needsMore: true };
  const first = (tag: number): number | undefined => tags.get(tag)?.[0];
  const [width, height] = [first(TAG.width) ?? 0, first(TAG.height) ?? 0];
  const bits = tags.get(TAG.bitsPerSample) ?? [1];
  const [bitDepth = 1] = bits;
  const samples = first(TAG.samplesPerPixel) ?? 1;
  const photometric = first(TAG.photometric);
  const unread = unreadKind({
    bits,
    samples,
    photometric,
    format: first(TAG.sampleFormat) ?? 1,
    isJpeg: first(TAG.compression) === JPEG_COMPRESSION,
  });
  if (unread !== undefined) return refuse(`is a TIFF ${unread}, which is not read; save it as PNG`);
  const orientation = first(TAG.orientation) ?? 1;
  return sized({
    format: 'tiff',
    ...{ width, height, bitDepth },
    grey: photometric === 0 || photometric === 1,
    alpha: photometric === 2 && samples === 4,
    orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
  });
}

interface Kind {
  readonly bits: readonly number[];
  readonly samples: number;
  readonly photometric: number | undefined;
  readonly format: number;
  readonly isJpeg: boolean;
}

/** What the decoder has no answer for, as a part of a sentence. */
function unreadKind({ bits, samples, photometric, format, isJpeg }: Kind): string | undefined {
  if (format === 3) return 'of floating-point numbers';
  if (format !== 1) return 'of signed numbers';
  const [depth = 1] = bits;
  if (bits.some((one) => one !== depth) || ![1, 8, 16].includes(depth)) {
    return `of ${bits.join(', ')} bits a sample`;
  }
  switch (photometric) {
    case 0:
    case 1:
      return samples === 1 ? undefined : `of grey with ${samples - 1} more channels`;
    case 2:
      return samples === 3 || samples === 4 ? undefined : `of ${samples} channels`;
    case 3:
      return 'with a palette';
    case 5:
      return samples === 4 ? undefined : `of ${samples} inks`;
    case 6:
      return isJpeg ? undefined : 'of YCbCr without JPEG compression';
    case 8:
      return 'of CIELab colours';
    case undefined:
    default:
      return 'of an unusual colour space';
  }
}

/** Undefined if every strip or tile lies in the file. Call with a whole file. */
export function tiffIncompleteness(bytes: Buffer): string | undefined {
  const tags = readTags(bytes);
  if (tags === 'outside') return 'is truncated: it ends before its directory does';
  const offsets = tags.get(TAG.stripOffsets) ?? tags.get(TAG.tileOffsets) ?? [];
  const counts = tags.get(TAG.stripByteCounts) ?? tags.get(TAG.tileByteCounts) ?? [];
  const isInside = offsets.every((offset, i) => offset + (counts[i] ?? 0) <= bytes.length);
  if (offsets.length === 0) return 'is damaged: it has no picture';
  return isInside ? undefined : 'is truncated: it ends before its picture does';
}

function readTags(bytes: Buffer): Tags | 'outside' {
  const isLittle = bytes[0] === 0x49;
  const short = (at: number): number =>
    isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  const long = (at: number): number => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  if (bytes.length < 8) return 'outside';
  const directory = long(4);
  if (directory + 2 > bytes.length) return 'outside';
  const count = Math.min(short(directory), MOST_ENTRIES);
  if (directory + 2 + 12 * count > bytes.length) return 'outside';
  const wanted = new Set<number>(Object.values(TAG));
  const tags = new Map<number, readonly number[]>();
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i;
    const tag = short(entry);
    const width = { 3: 2, 4: 4 }[short(entry + 2)];
    if (!wanted.has(tag) || width === undefined) continue;
    const values = long(entry + 4);
    // Up to four bytes of values stand in the entry itself.
    const at = values * width <= 4 ? entry + 8 : long(entry + 8);
    if (values > MOST_VALUES || at + values * width > bytes.length) return 'outside';
    const read = width === 2 ? short : long;
    tags.set(
      tag,
      Array.from({ length: values }, (_, k) => read(at + k * width)),
    );
  }
  return tags;
}
