// Bytes of a file from some position on, as they lie there or inflated on the way. Bounded: nothing is
// read past what was announced, and a stream that somebody stops reading is closed.
import { createReadStream } from 'node:fs';
import { crc32, createGunzip, createInflateRaw } from 'node:zlib';
import { hasErrorCode, inputError, messageOf } from '../../../shared/errors.ts';
import { isSystemError, readError } from '../file-errors.ts';

export interface BytesRange {
  readonly path: string;
  /** Shown to people: the file, or an array in it. */
  readonly name: string;
  /** Of the packed bytes in the file. */
  readonly start: number;
  readonly length: number;
  readonly packing: 'none' | 'deflate' | 'gzip';
  /** Of the unpacked bytes. They are then read from their beginning, also to skip some. */
  readonly check?: { readonly sizeBytes: number; readonly crc32: number } | undefined;
}

const BLOCK_BYTES = 1 << 20;

/** `skip` counts unpacked bytes. @throws inputError `truncated-file`, `bad-archive` */
export async function* readBytes(
  range: BytesRange,
  skip: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { path, name, check, packing } = range;
  const isDirect = packing === 'none' && check === undefined;
  let left = isDirect ? 0 : skip;
  let crc = 0;
  let done = 0;
  try {
    for await (const chunk of unpacked(range, isDirect ? skip : 0)) {
      if (check !== undefined) {
        crc = crc32(chunk, crc);
        done += chunk.length;
        if (done > check.sizeBytes) throw damaged(range, 'it is larger than it announces');
        if (done === check.sizeBytes && crc !== check.crc32) {
          throw damaged(range, 'its checksum is wrong');
        }
      }
      const dropped = Math.min(left, chunk.length);
      left -= dropped;
      if (dropped < chunk.length) yield chunk.subarray(dropped);
    }
  } catch (error) {
    throw streamError(error, path, name);
  }
}

async function* unpacked(
  { path, start, length, packing }: BytesRange,
  skip: number,
): AsyncGenerator<Buffer, void, undefined> {
  const end = start + length;
  if (start + skip >= end) return;
  const file = createReadStream(path, {
    start: start + skip,
    end: end - 1,
    highWaterMark: BLOCK_BYTES,
  });
  const options = { chunkSize: BLOCK_BYTES };
  const inflate =
    packing === 'none'
      ? undefined
      : packing === 'gzip'
        ? createGunzip(options)
        : createInflateRaw(options);
  try {
    if (inflate === undefined) {
      yield* file as AsyncIterable<Buffer>;
    } else {
      file.once('error', (error) => inflate.destroy(error));
      yield* file.pipe(inflate) as AsyncIterable<Buffer>;
    }
  } finally {
    file.destroy();
    inflate?.destroy();
  }
}

function damaged({ path, name }: BytesRange, how: string): Error {
  return inputError('bad-archive', `${name} is damaged: ${how}; fetch it again.`, { path });
}

function streamError(error: unknown, path: string, name: string): unknown {
  const isZlib = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
  if (isZlib) {
    const isCut = hasErrorCode(error, 'Z_BUF_ERROR');
    return inputError(
      isCut ? 'truncated-file' : 'bad-archive',
      `${name} ${isCut ? 'is truncated: it ends too early' : `is damaged: ${messageOf(error)}`}; fetch it again.`,
      { path, cause: error },
    );
  }
  return isSystemError(error) ? readError(error, path, 'file') : error;
}

/** The first bytes, fewer of a short stream. */
export async function startOf(bytes: AsyncIterable<Uint8Array>, length: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let found = 0;
  for await (const chunk of bytes) {
    parts.push(Uint8Array.from(chunk));
    found += chunk.length;
    if (found >= length) break;
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** The order of the bytes in each element turned round. Chunks may end inside an element. */
export async function* swapped(
  bytes: AsyncIterable<Uint8Array>,
  elementBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let rest = Buffer.alloc(0);
  for await (const chunk of bytes) {
    const all = Buffer.concat([rest, chunk]);
    const whole = all.length - (all.length % elementBytes);
    for (let at = 0; at < whole; at += elementBytes) {
      all.subarray(at, at + elementBytes).reverse();
    }
    rest = all.subarray(whole);
    yield all.subarray(0, whole);
  }
}
