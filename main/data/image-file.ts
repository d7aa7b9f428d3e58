// Where the bytes of one image lie: in a file of their own, or as a range of an archive. Plain data, so
// that another process can read them too. Reads nothing else, and never more than an entry announces.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32, constants, inflateRawSync } from 'node:zlib';
import { hasErrorCode } from '../../shared/errors.ts';
import { unreadable } from './file-errors.ts';

export interface ImageFile {
  /** The file itself, or the archive that holds it. */
  readonly path: string;
  /** The image itself, where it had to be fetched from a larger whole; `path` is then only shown. */
  readonly bytes?: Uint8Array | undefined;
  /** The bytes of the path in hexadecimal, where they are no UTF-8; `path` is then only shown. */
  readonly rawPath?: string | undefined;
  readonly range?: ArchiveRange | undefined;
}

export interface ArchiveRange {
  /** Of the bytes; in a zip of the local header before them. */
  readonly offset: number;
  /** Unpacked, as announced. */
  readonly sizeBytes: number;
  readonly zip?:
    | {
        readonly packedBytes: number;
        readonly isDeflated: boolean;
        readonly crc32: number;
      }
    | undefined;
}

/** A part of a sentence after the file's name. */
export interface Unreadable {
  readonly reason: string;
}

const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER = 0x04034b50;

export function isUnreadable(read: object): read is Unreadable {
  return 'reason' in read;
}

/** All bytes. Synchronous: the callers are processes that do nothing else. */
export function readImageFile(file: ImageFile): Buffer | Unreadable {
  if (file.bytes !== undefined) return viewOf(file.bytes);
  return withFile(file, (descriptor) => {
    const { range } = file;
    if (range === undefined) return readRange(descriptor, 0, fstatSync(descriptor).size);
    if (range.zip === undefined) return readExactly(descriptor, range.offset, range.sizeBytes);
    const { packedBytes, isDeflated } = range.zip;
    const start = zipDataStart(descriptor, range.offset);
    if (typeof start !== 'number') return start;
    const packed = readExactly(descriptor, start, packedBytes);
    if (isUnreadable(packed)) return packed;
    const bytes = isDeflated ? inflated(packed, range.sizeBytes, true) : packed;
    if (isUnreadable(bytes)) return bytes;
    if (bytes.length !== range.sizeBytes) return wrongLength(bytes.length, range.sizeBytes);
    return crc32(bytes) === range.zip.crc32
      ? bytes
      : { reason: 'is damaged in the archive: its checksum is wrong' };
  });
}

/**
 * The first bytes, at most as many as `buffer` has, in `buffer` where that is possible; `isWhole` when
 * there are no others.
 */
export function readImageStart(
  file: ImageFile,
  buffer: Buffer,
): { readonly bytes: Buffer; readonly isWhole: boolean } | Unreadable {
  if (file.bytes !== undefined) {
    const bytes = viewOf(file.bytes.subarray(0, buffer.length));
    return { bytes, isWhole: bytes.length === file.bytes.length };
  }
  return withFile(file, (descriptor) => {
    const { range } = file;
    const most = range === undefined ? buffer.length : Math.min(buffer.length, range.sizeBytes);
    if (range?.zip === undefined) {
      const length = readSync(descriptor, buffer, 0, most, range?.offset ?? 0);
      const isWhole = range === undefined ? length < most : length >= range.sizeBytes;
      return { bytes: buffer.subarray(0, length), isWhole };
    }
    const { packedBytes, isDeflated } = range.zip;
    const start = zipDataStart(descriptor, range.offset);
    if (typeof start !== 'number') return start;
    const length = readSync(descriptor, buffer, 0, Math.min(buffer.length, packedBytes), start);
    const packed = buffer.subarray(0, length);
    const bytes = isDeflated ? inflated(packed, range.sizeBytes, false) : packed;
    if (isUnreadable(bytes)) return bytes;
    return { bytes: bytes.subarray(0, most), isWhole: bytes.length >= range.sizeBytes };
  });
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function withFile<T extends object>(
  { path, rawPath }: ImageFile,
  read: (descriptor: number) => T,
): T | Unreadable {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(rawPath === undefined ? path : Buffer.from(rawPath, 'hex'), 'r');
    return read(descriptor);
  } catch (error) {
    return { reason: unreadable(error) };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Fewer bytes than asked for where the file ends. */
function readRange(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const count = readSync(descriptor, bytes, done, length - done, position + done);
    if (count === 0) return bytes.subarray(0, done);
    done += count;
  }
  return bytes;
}

function readExactly(descriptor: number, position: number, length: number): Buffer | Unreadable {
  const { size } = fstatSync(descriptor);
  if (position + length > size) return { reason: 'is cut off: the archive ends before it does' };
  return readRange(descriptor, position, length);
}

/** Names and extra fields of a local header may be longer than those of the directory. */
export function zipDataStart(descriptor: number, offset: number): number | Unreadable {
  const header = readRange(descriptor, offset, LOCAL_HEADER_BYTES);
  if (header.length < LOCAL_HEADER_BYTES || header.readUInt32LE(0) !== LOCAL_HEADER) {
    return { reason: 'is not where the archive’s directory says' };
  }
  return offset + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
}

/** Stops where an entry turns out to be larger than it says: a bomb costs no more than an image. */
function inflated(packed: Buffer, sizeBytes: number, isAll: boolean): Buffer | Unreadable {
  try {
    return inflateRawSync(packed, {
      maxOutputLength: Math.max(1, sizeBytes),
      ...(isAll ? {} : { finishFlush: constants.Z_SYNC_FLUSH }),
    });
  } catch (error) {
    if (hasErrorCode(error, 'ERR_BUFFER_TOO_LARGE')) {
      return { reason: `unpacks to more than the ${sizeBytes} bytes that it announces` };
    }
    return { reason: 'is damaged in the archive: it cannot be unpacked' };
  }
}

function wrongLength(given: number, announced: number): Unreadable {
  return { reason: `unpacks to ${given} bytes instead of the ${announced} that it announces` };
}
