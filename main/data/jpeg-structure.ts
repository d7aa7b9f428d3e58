// The segments of a JPEG file, also of one that is a little damaged, as decoders of viewers take it: bytes
// that do not belong between two segments are skipped, and the end mark may be missing. Decodes nothing.

export interface JpegSegment {
  readonly marker: number;
  /** First byte of the payload, and the byte after it. */
  readonly start: number;
  readonly end: number;
  /** Bytes before its marker that belong to nothing. */
  readonly strayBytes: number;
}

export const JPEG_END = 0xd9;
export const JPEG_SCAN = 0xda;

/**
 * The next segment; `from` is where its marker should be. `damaged`: another byte is there and `isTolerant`
 * is not set, or its length is impossible. Undefined: the bytes end before.
 */
export function nextSegment(
  bytes: Buffer,
  from: number,
  isTolerant: boolean,
): JpegSegment | 'damaged' | undefined {
  let at = from;
  if (at + 1 >= bytes.length) return undefined;
  if (bytes[at] !== 0xff) {
    if (!isTolerant) return 'damaged';
    at = nextMarker(bytes, at);
    if (at < 0) return undefined;
  }
  const strayBytes = at - from;
  while (bytes[at + 1] === 0xff) at++; // fill bytes
  const marker = bytes[at + 1];
  if (marker === undefined) return undefined;
  if (marker === JPEG_END) return { marker, start: at + 2, end: at + 2, strayBytes };
  if (at + 4 > bytes.length) return undefined;
  const length = bytes.readUInt16BE(at + 2);
  if (length < 2) return 'damaged';
  return { marker, start: at + 4, end: at + 2 + length, strayBytes };
}

/** 0xff that no zero follows; −1 if there is none. */
function nextMarker(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(0xff, from);
  while (at >= 0 && bytes[at + 1] === 0) at = bytes.indexOf(0xff, at + 2);
  return at + 1 < bytes.length ? at : -1;
}

/** A frame header, of whatever process. */
export function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/**
 * The first marker behind entropy-coded data: every 0xff in that is stuffed (00), a restart mark
 * (d0 … d7) or a fill byte. Undefined if the bytes end before.
 */
export function endOfScan(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at)) {
    const next = bytes[at + 1];
    if (next === undefined) return undefined;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
    at += next === 0xff ? 1 : 2;
  }
  return undefined;
}

export interface JpegStructure {
  /** The file without what belongs to nothing; without an end mark if it has none. */
  readonly bytes: Buffer;
  readonly hasEnd: boolean;
  readonly strayBytes: number;
  readonly bytesAfterEnd: number;
}

/** A reason instead if not even a viewer would go on. */
export function jpegStructure(bytes: Buffer, isTolerant: boolean): JpegStructure | string {
  const kept: Buffer[] = [];
  let strayBytes = 0;
  let from = 0;
  let at = 2;
  let sawScan = false;
  const finished = (end: number, hasEnd: boolean): JpegStructure => {
    kept.push(bytes.subarray(from, end));
    const whole = kept.length === 1 ? kept[0] : undefined;
    const bytesAfterEnd = hasEnd ? bytes.length - end : 0;
    return { bytes: whole ?? Buffer.concat(kept), hasEnd, strayBytes, bytesAfterEnd };
  };
  for (;;) {
    const segment = nextSegment(bytes, at, isTolerant);
    if (segment === 'damaged') return 'is damaged: a JPEG marker is missing';
    if (segment === undefined || segment.end > bytes.length) {
      if (!sawScan || !isTolerant) return 'is truncated: it ends before the JPEG end mark';
      return finished(Math.min(at, bytes.length), false);
    }
    if (segment.strayBytes > 0) {
      kept.push(bytes.subarray(from, at));
      from = at + segment.strayBytes;
      strayBytes += segment.strayBytes;
    }
    at = segment.end;
    if (segment.marker === JPEG_END) return finished(at, true);
    if (segment.marker !== JPEG_SCAN) continue;
    sawScan = true;
    const end = endOfScan(bytes, at);
    if (end === undefined) {
      return isTolerant
        ? finished(bytes.length, false)
        : 'is truncated: it ends before the JPEG end mark';
    }
    at = end;
  }
}
