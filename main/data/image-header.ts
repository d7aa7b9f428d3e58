// What the first and last bytes of an image file say: size, grey or colour, bit depth, orientation, and
// whether the file is complete. The decoder fills missing data with grey without a word, so completeness
// is checked before. Bytes in, facts or a reason out; no file access. JPEG and PNG; the others are beside.
import { avifIncompleteness, isIsoMedia, readIsoMedia } from './avif-header.ts';
import { jpegOrientation, pngOrientation } from './exif.ts';
import {
  cutOff,
  refuse,
  sized,
  startsWith,
  type ImageHeader,
  type NotAnImage,
} from './image-facts.ts';
import { isFrame, JPEG_END, JPEG_SCAN, nextSegment } from './jpeg-structure.ts';
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
import { isTiff, readTiff, tiffIncompleteness } from './tiff-header.ts';

const APP1 = 0xe1;
const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/**
 * Reads the header from the first bytes of a file; `complete` says that these are all its bytes,
 * `isTolerant` that bytes between the segments of a JPEG are skipped.
 */
export function readImageHeader(
  bytes: Buffer,
  complete: boolean,
  isTolerant = false,
): ImageHeader | NotAnImage {
  if (bytes.length === 0) return refuse('is empty');
  if (startsWith(bytes, PNG_SIGNATURE)) return readPng(bytes, complete);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return readJpeg(bytes, complete, isTolerant);
  if (isWebp(bytes)) return readWebp(bytes, complete);
  if (isGif(bytes)) return readGif(bytes, complete);
  if (isBmp(bytes)) return readBmp(bytes, complete);
  if (isTiff(bytes)) return readTiff(bytes, complete);
  if (isIsoMedia(bytes)) return readIsoMedia(bytes, complete);
  return refuse('is no image: it is neither JPEG, PNG, WebP, TIFF, AVIF, BMP nor GIF');
}

/** Undefined when the file has its end, else the reason. Call with a whole file. Of JPEG: jpeg-structure.ts. */
export function incompleteness(
  bytes: Buffer,
  format: Exclude<ImageHeader['format'], 'jpeg'>,
): string | undefined {
  switch (format) {
    case 'png':
      return pngIncompleteness(bytes);
    case 'webp':
      return webpIncompleteness(bytes);
    case 'gif':
      return gifIncompleteness(bytes);
    case 'bmp':
      return bmpIncompleteness(bytes);
    case 'tiff':
      return tiffIncompleteness(bytes);
    case 'avif':
      return avifIncompleteness(bytes);
  }
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

function readJpeg(bytes: Buffer, complete: boolean, isTolerant: boolean): ImageHeader | NotAnImage {
  let at = 2;
  let orientation = 1;
  for (;;) {
    const segment = nextSegment(bytes, at, isTolerant);
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
        orientation,
      });
    }
    if (marker === JPEG_SCAN || marker === JPEG_END)
      return refuse('is damaged: it has no JPEG frame header');
    if (marker === APP1) orientation = jpegOrientation(bytes.subarray(start, end)) ?? orientation;
    at = end;
  }
}
