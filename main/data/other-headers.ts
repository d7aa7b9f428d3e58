// The headers of WebP, BMP and GIF, and whether such files are complete. Bytes in, facts or a reason out.
import { webpOrientation } from './exif.ts';
import { cutOff, refuse, sized, type ImageHeader, type NotAnImage } from './image-facts.ts';

function tag(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + 4);
}

export function isWebp(bytes: Buffer): boolean {
  return tag(bytes, 0) === 'RIFF' && tag(bytes, 8) === 'WEBP';
}

/** RFC 9649: simple lossy (`VP8 `), simple lossless (`VP8L`) or extended (`VP8X`). */
export function readWebp(bytes: Buffer, complete: boolean): ImageHeader | NotAnImage {
  if (bytes.length < 30) return cutOff(complete);
  const facts = { format: 'webp', grey: false, bitDepth: 8 } as const;
  switch (tag(bytes, 12)) {
    case 'VP8 ':
      if (bytes.readUIntBE(23, 3) !== 0x9d012a) return refuse('is damaged: it has no WebP frame');
      return sized({
        ...facts,
        width: bytes.readUInt16LE(26) & 0x3fff,
        height: bytes.readUInt16LE(28) & 0x3fff,
        alpha: false,
        orientation: 1,
      });
    case 'VP8L': {
      if (bytes[20] !== 0x2f) return refuse('is damaged: it has no WebP frame');
      const bits = bytes.readUInt32LE(21);
      return sized({
        ...facts,
        width: 1 + (bits & 0x3fff),
        height: 1 + ((bits >>> 14) & 0x3fff),
        alpha: (bits >>> 28) % 2 === 1,
        orientation: 1,
      });
    }
    case 'VP8X': {
      const flags = bytes[20] ?? 0;
      return sized({
        ...facts,
        width: 1 + bytes.readUIntLE(24, 3),
        height: 1 + bytes.readUIntLE(27, 3),
        alpha: (flags & 0x10) !== 0,
        orientation: (flags & 0x08) === 0 ? 1 : webpOrientation(bytes),
      });
    }
    default:
      return refuse('is damaged: it has no WebP frame');
  }
}

export function webpIncompleteness(bytes: Buffer): string | undefined {
  return bytes.readUInt32LE(4) + 8 <= bytes.length
    ? undefined
    : 'is truncated: it ends before the WebP file says';
}

export function isGif(bytes: Buffer): boolean {
  return tag(bytes, 0) === 'GIF8';
}

export function readGif(bytes: Buffer, complete: boolean): ImageHeader | NotAnImage {
  if (bytes.length < 13) return cutOff(complete);
  return sized({
    format: 'gif',
    width: bytes.readUInt16LE(6),
    height: bytes.readUInt16LE(8),
    grey: false,
    alpha: false,
    bitDepth: 8,
    orientation: 1,
  });
}

/** Walks the blocks to the end mark; only the first picture is wanted, so it may end after that. */
export function gifIncompleteness(bytes: Buffer): string | undefined {
  const truncated = 'is truncated: it ends before its first picture does';
  const tableBytes = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 << ((flags & 7) + 1));
  let at = 13 + tableBytes(bytes[10] ?? 0);
  while (at < bytes.length) {
    const mark = bytes[at];
    if (mark === 0x3b) return 'is damaged: it is a GIF without a picture';
    if (mark === 0x2c) at += 11 + tableBytes(bytes[at + 9] ?? 0);
    else if (mark === 0x21) at += 2;
    else return 'is damaged: a GIF block is missing';
    for (;;) {
      const length = bytes[at];
      if (length === undefined) return truncated;
      at += 1 + length;
      if (length === 0) break;
    }
    if (mark === 0x2c) return at <= bytes.length ? undefined : truncated;
  }
  return truncated;
}

export function isBmp(bytes: Buffer): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/** Windows' own headers, and OS/2's short one of 12 bytes. */
export function readBmp(bytes: Buffer, complete: boolean): ImageHeader | NotAnImage {
  if (bytes.length < 54) return cutOff(complete);
  const isShort = bytes.readUInt32LE(14) === 12;
  return sized({
    format: 'bmp',
    width: isShort ? bytes.readUInt16LE(18) : bytes.readInt32LE(18),
    // Negative: the rows begin at the top.
    height: isShort ? bytes.readUInt16LE(20) : Math.abs(bytes.readInt32LE(22)),
    grey: false,
    alpha: false,
    bitDepth: 8,
    orientation: 1,
  });
}

export function bmpIncompleteness(bytes: Buffer): string | undefined {
  const isShort = bytes.readUInt32LE(14) === 12;
  const bits = bytes.readUInt16LE(isShort ? 24 : 28);
  const isPacked = !isShort && [1, 2].includes(bytes.readUInt32LE(30));
  const width = isShort ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const height = isShort ? bytes.readUInt16LE(20) : Math.abs(bytes.readInt32LE(22));
  const pixelBytes = Math.ceil((width * bits) / 32) * 4 * height;
  // Packed pixels have no size of their own; then the decoder must notice.
  return isPacked || bytes.readUInt32LE(10) + pixelBytes <= bytes.length
    ? undefined
    : 'is truncated: it ends before the last row of pixels';
}
