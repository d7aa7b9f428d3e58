// What the first and last bytes of an image file say: size, grey or colour, bit depth, orientation, and
// whether the file is complete. The decoder fills missing data with grey without a word, so completeness
// is checked here. Bytes in, facts or a reason out; no file access. JPEG and PNG; the others are beside.
import { jpegOrientation, pngOrientation } from './exif.ts';
import {
  cutOff,
  refuse,
  sized,
  startsWith,
  type ImageHeader,
  type NotAnImage,
} from './image-facts.ts';
import {
  bmpIncompleteness,
  gifIncompleteness,
  isBmp,
  isGif,
  isWebp,
  readBmp,
  readGif,
  readWebp,
  webpIncompleteness,
} from './other-headers.ts';

const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Reads the header from the first bytes of a file; `complete` says that these are all its bytes. */
export function readImageHeader(bytes: Buffer, complete: boolean): ImageHeader | NotAnImage {
  if (bytes.length === 0) return refuse('is empty');
  if (startsWith(bytes, PNG_SIGNATURE)) return readPng(bytes, complete);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return readJpeg(bytes, complete);
  if (isWebp(bytes)) return readWebp(bytes, complete);
  if (isGif(bytes)) return readGif(bytes, complete);
  if (isBmp(bytes)) return readBmp(bytes, complete);
  return refuse(otherFormat(bytes));
}

/** Undefined when the file has its end, else the reason. Call with a whole file. */
export function incompleteness(bytes: Buffer, format: ImageHeader['format']): string | undefined {
  switch (format) {
    case 'png':
      return pngIncompleteness(bytes);
    case 'jpeg':
      return jpegIncompleteness(bytes);
    case 'webp':
      return webpIncompleteness(bytes);
    case 'gif':
      return gifIncompleteness(bytes);
    case 'bmp':
      return bmpIncompleteness(bytes);
  }
}

function otherFormat(bytes: Buffer): string {
  const text = bytes.toString('latin1', 0, 12);
  const known: readonly (readonly [boolean, string])[] = [
    [text.startsWith('II*\0') || text.startsWith('MM\0*'), 'TIFF'],
    [text.slice(4, 8) === 'ftyp', 'HEIC or AVIF'],
  ];
  const name = known.find(([matches]) => matches)?.[1];
  return name === undefined
    ? 'is no image: it is neither JPEG, PNG, WebP, BMP nor GIF'
    : `is ${name}, which is not read; JPEG, PNG, WebP, BMP and GIF are`;
}

function readPng(bytes: Buffer, complete: boolean): ImageHeader | NotAnImage {
  if (bytes.length < 33) return cutOff(complete);
  if (bytes.toString('latin1', 12, 16) !== 'IHDR')
    return refuse('is damaged: it has no PNG header');
  const colourType = bytes[25] ?? 0;
  return sized({
    format: 'png',
    width: bytes.readUInt32BE(16),
    height: bytes.readUInt32BE(20),
    grey: colourType === 0 || colourType === 4,
    alpha: colourType === 4 || colourType === 6,
    bitDepth: bytes[24] ?? 8,
    orientation: pngOrientation(bytes),
  });
}

function pngIncompleteness(bytes: Buffer): string | undefined {
  const truncated = 'is truncated: it ends before the PNG end mark';
  let at = PNG_SIGNATURE.length;
  while (at + 12 <= bytes.length) {
    const name = bytes.toString('latin1', at + 4, at + 8);
    if (name === 'IEND') return undefined;
    at += 12 + bytes.readUInt32BE(at);
  }
  return truncated;
}

function readJpeg(bytes: Buffer, complete: boolean): ImageHeader | NotAnImage {
  let at = 2;
  for (;;) {
    const segment = nextSegment(bytes, at);
    if (segment === undefined) return cutOff(complete);
    if (segment === 'damaged') return refuse('is damaged: a JPEG marker is missing');
    const { marker, start, end } = segment;
    if (isFrame(marker)) {
      if (start + 6 > bytes.length) return cutOff(complete);
      return sized({
        format: 'jpeg',
        bitDepth: bytes[start] ?? 8,
        height: bytes.readUInt16BE(start + 1),
        width: bytes.readUInt16BE(start + 3),
        grey: bytes[start + 5] === 1,
        alpha: false,
        orientation: jpegOrientation(bytes, at),
      });
    }
    if (marker === 0xda || marker === 0xd9)
      return refuse('is damaged: it has no JPEG frame header');
    at = end;
  }
}

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

interface Segment {
  readonly marker: number;
  /** First byte of the payload, and the byte after it. */
  readonly start: number;
  readonly end: number;
}

function nextSegment(bytes: Buffer, from: number): Segment | 'damaged' | undefined {
  let at = from;
  if (at + 1 >= bytes.length) return undefined;
  if (bytes[at] !== 0xff) return 'damaged';
  while (bytes[at + 1] === 0xff) at++; // fill bytes
  const marker = bytes[at + 1];
  if (marker === undefined) return undefined;
  if (marker === 0xd9) return { marker, start: at + 2, end: at + 2 };
  if (at + 4 > bytes.length) return undefined;
  const length = bytes.readUInt16BE(at + 2);
  if (length < 2) return 'damaged';
  return { marker, start: at + 4, end: at + 2 + length };
}

function jpegIncompleteness(bytes: Buffer): string | undefined {
  const truncated = 'is truncated: it ends before the JPEG end mark';
  let at = 2;
  for (;;) {
    const segment = nextSegment(bytes, at);
    if (segment === undefined) return truncated;
    if (segment === 'damaged') return 'is damaged: a JPEG marker is missing';
    if (segment.marker === 0xd9) return undefined;
    at = segment.end;
    if (segment.marker !== 0xda) continue;
    // Entropy-coded data: every 0xff in it is stuffed (00), a restart mark (d0 … d7) or a fill byte.
    for (;;) {
      at = bytes.indexOf(0xff, at);
      if (at < 0 || at + 1 >= bytes.length) return truncated;
      const next = bytes[at + 1] ?? 0;
      if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) break;
      at += next === 0xff ? 1 : 2;
    }
  }
}
