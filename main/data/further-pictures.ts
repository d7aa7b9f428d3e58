// How many pictures a file holds behind the first, the only one that is read: pages of a TIFF, frames of a GIF, a
// WebP or a PNG. Bytes in, a number out. Expects a file whose first picture was read.
import type { ImageHeader } from './image-facts.ts';

/** What a pack keeps; no file of pictures has more. */
const MOST = 65_535;

export function furtherPictures(file: Buffer, format: ImageHeader['format']): number {
  switch (format) {
    case 'tiff':
      return Math.min(MOST, Math.max(0, tiffPages(file) - 1));
    case 'gif':
      return Math.min(MOST, Math.max(0, gifFrames(file) - 1));
    case 'webp':
      return Math.min(MOST, Math.max(0, webpFrames(file) - 1));
    case 'png':
      return Math.min(MOST, Math.max(0, pngFrames(file) - 1));
    case 'jpeg':
    case 'bmp':
    case 'avif':
      return 0;
  }
}

const NEW_SUBFILE_TYPE = 254;
/** A smaller copy of another page, or a mask for one (TIFF 6.0, section 8). */
const NO_PAGE = 0b101;

/** Directories that are pages, in their chain; one that leaves the file or comes round again ends it. */
function tiffPages(file: Buffer): number {
  const isLittle = file[0] === 0x49;
  const short = (at: number): number => (isLittle ? file.readUInt16LE(at) : file.readUInt16BE(at));
  const long = (at: number): number => (isLittle ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const seen = new Set<number>();
  let pages = 0;
  let at = long(4);
  while (at !== 0 && !seen.has(at) && at + 2 <= file.length) {
    seen.add(at);
    const entries = short(at);
    const end = at + 2 + 12 * entries;
    if (end + 4 > file.length) return pages + (seen.size === 1 ? 1 : 0);
    const kind = Array.from({ length: entries }, (_, i) => at + 2 + 12 * i).find(
      (entry) => short(entry) === NEW_SUBFILE_TYPE,
    );
    if (kind === undefined || (long(kind + 8) & NO_PAGE) === 0) pages++;
    at = long(end);
  }
  return pages;
}

const EXTENSION = 0x21;
const PICTURE = 0x2c;

function gifFrames(file: Buffer): number {
  let at = 13 + colourBytes(file[10]);
  let frames = 0;
  for (;;) {
    const kind = file[at];
    if (kind === PICTURE) {
      frames++;
      at = endOfSubBlocks(file, at + 11 + colourBytes(file[at + 9]));
    } else if (kind === EXTENSION) {
      at = endOfSubBlocks(file, at + 2);
    } else {
      return frames;
    }
  }
}

function colourBytes(flags = 0): number {
  return (flags & 0x80) === 0 ? 0 : 3 << ((flags & 7) + 1);
}

function endOfSubBlocks(file: Buffer, start: number): number {
  let at = start;
  for (let length = file[at] ?? 0; length > 0; length = file[at] ?? 0) at += 1 + length;
  return at + 1;
}

const PNG_SIGNATURE_BYTES = 8;
/** Length, name and checksum of a chunk. */
const PNG_CHUNK_BYTES = 12;

/** As an animated PNG announces them before its first picture. */
function pngFrames(file: Buffer): number {
  for (let at = PNG_SIGNATURE_BYTES; at + 16 <= file.length;) {
    const kind = file.toString('latin1', at + 4, at + 8);
    if (kind === 'acTL') return file.readUInt32BE(at + 8);
    if (kind === 'IDAT') return 1;
    at += PNG_CHUNK_BYTES + file.readUInt32BE(at);
  }
  return 1;
}

function webpFrames(file: Buffer): number {
  let frames = 0;
  for (let at = 12; at + 8 <= file.length;) {
    if (file.toString('latin1', at, at + 4) === 'ANMF') frames++;
    const size = file.readUInt32LE(at + 4);
    at += 8 + size + (size % 2);
  }
  return frames;
}
