// What the first and last bytes of a JPEG or PNG say: size, grey or colour, bit depth, and whether the
// file is complete. The decoder fills missing JPEG data with grey without a word, so completeness is
// checked here. Bytes in, facts or a reason out; no file access.

export interface ImageHeader {
  readonly format: 'jpeg' | 'png';
  readonly width: number;
  readonly height: number;
  readonly grey: boolean;
  readonly alpha: boolean;
  readonly bitDepth: number;
}

/** Why bytes are not a usable image, as a part of a sentence after the file's name. */
export interface NotAnImage {
  readonly reason: string;
  /** True when the answer may change with more bytes of the same file. */
  readonly needsMore: boolean;
}

const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Beyond this the decoder would need gigabytes for one picture. */
const MAX_PIXELS = 1 << 28;
const MAX_SIDE = 65_535;

export function isRefusal(result: ImageHeader | NotAnImage): result is NotAnImage {
  return 'reason' in result;
}

/** Reads the header from the first bytes of a file; `complete` says that these are all its bytes. */
export function readImageHeader(bytes: Buffer, complete: boolean): ImageHeader | NotAnImage {
  if (bytes.length === 0) return refuse('is empty');
  if (startsWith(bytes, PNG_SIGNATURE)) return readPng(bytes, complete);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return readJpeg(bytes, complete);
  return refuse(otherFormat(bytes));
}

/** Undefined when the file has its end, else the reason. Call with a whole file. */
export function incompleteness(bytes: Buffer, format: ImageHeader['format']): string | undefined {
  return format === 'png' ? pngIncompleteness(bytes) : jpegIncompleteness(bytes);
}

function refuse(reason: string): NotAnImage {
  return { reason, needsMore: false };
}

function cutOff(complete: boolean): NotAnImage {
  return complete
    ? refuse('is truncated: it ends before the picture begins')
    : { reason: 'has a header of more than a megabyte', needsMore: true };
}

function startsWith(bytes: Buffer, signature: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

function otherFormat(bytes: Buffer): string {
  const text = bytes.toString('latin1', 0, 12);
  const known: readonly (readonly [boolean, string])[] = [
    [text.startsWith('RIFF') && text.endsWith('WEBP'), 'WebP'],
    [text.startsWith('GIF8'), 'GIF'],
    [text.startsWith('BM'), 'BMP'],
    [text.startsWith('II*\0') || text.startsWith('MM\0*'), 'TIFF'],
    [text.slice(4, 8) === 'ftyp', 'HEIC or AVIF'],
  ];
  const name = known.find(([matches]) => matches)?.[1];
  return name === undefined
    ? 'is neither JPEG nor PNG'
    : `is ${name}, which is not read; JPEG and PNG are`;
}

function sized(header: ImageHeader): ImageHeader | NotAnImage {
  const { width, height } = header;
  if (width === 0 || height === 0) return refuse(`is damaged: its size is ${width}×${height}`);
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    return refuse(`is too large: ${width}×${height} pixels`);
  }
  return header;
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
