// The header of an AVIF file, and the names of its relatives that are not read (HEIC). Bytes in, facts or a
// reason out. Boxes are those of ISO/IEC 14496-12 and 23008-12 (HEIF); AV1's own are in AVIF 1.1.
import { cutOff, refuse, sized, type ImageHeader, type NotAnImage } from './image-facts.ts';

interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const ALPHA = 'urn:mpeg:mpegB:cicp:systems:auxiliary:alpha';

/** Any of the formats in such boxes: AVIF, HEIC, also videos. */
export function isIsoMedia(bytes: Buffer): boolean {
  return bytes.toString('latin1', 4, 8) === 'ftyp';
}

export function readIsoMedia(bytes: Buffer, complete: boolean): ImageHeader | NotAnImage {
  const [types] = boxesIn(bytes, 0, bytes.length);
  const brands = types === undefined ? '' : bytes.toString('latin1', types.start, types.end);
  if (!/avi[fs]/.test(brands)) {
    return refuse(
      /hei[cxms]|hev[cx]|mif1|msf1/.test(brands)
        ? 'is HEIC, which is not read; export it as JPEG or PNG'
        : 'is no image: it is a video or another media file',
    );
  }
  const meta = boxesIn(bytes, 0, bytes.length).find(({ type }) => type === 'meta');
  if (meta === undefined || meta.end > bytes.length) return cutOff(complete);
  const facts = factsIn(bytes, meta);
  return facts === undefined
    ? refuse('is damaged: it does not say how large it is')
    : sized({ format: 'avif', ...facts });
}

/** Undefined if every box of the file is whole. Call with a whole file. */
export function avifIncompleteness(bytes: Buffer): string | undefined {
  const last = boxesIn(bytes, 0, bytes.length).at(-1);
  const isWhole = last !== undefined && last.end <= bytes.length;
  return isWhole ? undefined : 'is truncated: it ends before its picture does';
}

type Facts = Omit<ImageHeader, 'format'>;

/** Of the primary item, by its properties. */
function factsIn(bytes: Buffer, meta: Box): Facts | undefined {
  const within = (box: Box | undefined, type: string, skipped = 0): Box | undefined =>
    box && boxesIn(bytes, box.start + skipped, box.end).find((one) => one.type === type);
  const properties = within(meta, 'iprp', 4);
  const primary = within(meta, 'pitm', 4);
  const list = within(properties, 'ipco');
  const links = within(properties, 'ipma');
  if (primary === undefined || list === undefined || links === undefined) return undefined;
  const all = boxesIn(bytes, list.start, list.end);
  const isWide = (bytes[primary.start] ?? 0) > 0;
  const item = isWide ? readLong(bytes, primary.start + 4) : readShort(bytes, primary.start + 4);
  const own = linkedTo(bytes, links, item).flatMap((number) => all[number - 1] ?? []);
  const of = (type: string): Box | undefined => own.find((box) => box.type === type);
  const extent = of('ispe');
  if (extent === undefined) return undefined;
  const turn = of('irot');
  const mirror = of('imir');
  const isAlpha = ({ type, start, end }: Box): boolean =>
    type === 'auxC' && bytes.toString('latin1', start, end).includes(ALPHA);
  return {
    width: readLong(bytes, extent.start + 4),
    height: readLong(bytes, extent.start + 8),
    grey: ((bytes[(of('av1C')?.start ?? -3) + 2] ?? 0) & 0x10) !== 0,
    alpha: all.some(isAlpha),
    // The decoder gives 8 bits, however many there are.
    bitDepth: 8,
    orientation: orientationOf(
      turn === undefined ? 0 : (bytes[turn.start] ?? 0) & 3,
      mirror === undefined ? undefined : (bytes[mirror.start] ?? 0) & 1,
    ),
  };
}

/** Numbers of the properties of an item, from 1. */
function linkedTo(bytes: Buffer, { start, end }: Box, item: number): number[] {
  const version = bytes[start] ?? 0;
  const isWide = ((bytes[start + 3] ?? 0) & 1) !== 0;
  const count = readLong(bytes, start + 4);
  let at = start + 8;
  for (let i = 0; i < count && at < end; i++) {
    const own = version < 1 ? readShort(bytes, at) : readLong(bytes, at);
    at += version < 1 ? 2 : 4;
    const links = bytes[at++] ?? 0;
    const numbers = Array.from({ length: links }, (_, k) =>
      isWide ? readShort(bytes, at + 2 * k) & 0x7fff : (bytes[at + k] ?? 0) & 0x7f,
    );
    if (own === item) return numbers;
    at += links * (isWide ? 2 : 1);
  }
  return [];
}

/**
 * A turn of 90° · `angle` against the clock, then a mirror (0: top and bottom change places, 1: left and
 * right), as EXIF's number. The same table as libavif's avifImageExtractExifOrientationToIrotImir.
 */
function orientationOf(angle: number, mirror: number | undefined): number {
  if (mirror === undefined) return [1, 8, 3, 6][angle] ?? 1;
  return (mirror === 0 ? [4, 5, 2, 7] : [2, 7, 4, 5])[angle] ?? 1;
}

/** Boxes one after the other; the last one may end beyond what is there. */
function boxesIn(bytes: Buffer, from: number, to: number): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to && at + 8 <= bytes.length;) {
    const size = readLong(bytes, at);
    const isLarge = size === 1;
    const length = isLarge ? readLong(bytes, at + 8) * 2 ** 32 + readLong(bytes, at + 12) : size;
    const start = at + (isLarge ? 16 : 8);
    // 0: up to the end of the file.
    const end = size === 0 ? to : at + length;
    if (end < start) return boxes;
    boxes.push({ type: bytes.toString('latin1', at + 4, at + 8), start, end });
    at = end;
  }
  return boxes;
}

function readShort(bytes: Buffer, at: number): number {
  return at + 2 <= bytes.length ? bytes.readUInt16BE(at) : 0;
}

function readLong(bytes: Buffer, at: number): number {
  return at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0;
}
