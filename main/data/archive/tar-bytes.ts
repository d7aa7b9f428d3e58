// The bytes of a tar archive for whoever walks through it: from a file at any place, or out of a gzipped
// one while it is inflated, forward only. Keeps nothing.
import { closeSync, createReadStream, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { archiveBomb, tarError } from './archive-errors.ts';

export interface TarBytes {
  /** Undefined where only the end will tell. */
  readonly sizeBytes: number | undefined;
  /** Fewer bytes where the archive ends. Positions may have to grow from call to call. */
  read(position: number, length: number): Buffer | Promise<Buffer>;
  close(): void;
}

/** Photos gain next to nothing from compression, drawings some tens of times. */
const MOST_GROWTH = 100;
const ALWAYS_ALLOWED_BYTES = 2 ** 30;

/** What an archive of images may inflate to. */
export function mostInflatedBytes(packedBytes: number): number {
  return ALWAYS_ALLOWED_BYTES + MOST_GROWTH * packedBytes;
}

export function plainTar(path: string): TarBytes {
  const descriptor = openSync(path, 'r');
  return {
    sizeBytes: fstatSync(descriptor).size,
    read: (position, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position));
    },
    close: () => closeSync(descriptor),
  };
}

export function gzippedTar(path: string): TarBytes {
  const inflating = createGunzip();
  const packedBytes = statSync(path).size;
  const limit = mostInflatedBytes(packedBytes);
  // What goes wrong is seen by whoever reads.
  pipeline(createReadStream(path), inflating, () => undefined);
  const chunks = inflating[Symbol.asyncIterator]();
  let chunk: Buffer = Buffer.alloc(0);
  /** Of the first byte of `chunk`. */
  let at = 0;

  const next = async (): Promise<boolean> => {
    const { value, done } = (await chunks.next()) as IteratorResult<Buffer, undefined>;
    if (done === true) return false;
    at += chunk.length;
    chunk = value;
    if (at > limit) throw archiveBomb(path, packedBytes, limit);
    return true;
  };

  return {
    sizeBytes: undefined,
    read: async (position, length) => {
      const parts: Buffer[] = [];
      let missing = length;
      let from = position;
      try {
        while (missing > 0) {
          if (from >= at + chunk.length) {
            if (!(await next())) break;
            continue;
          }
          const part = chunk.subarray(from - at, from - at + missing);
          parts.push(part);
          from += part.length;
          missing -= part.length;
        }
      } catch (error) {
        throw tarError(error, path);
      }
      return Buffer.concat(parts);
    },
    close: () => inflating.destroy(),
  };
}
