// Inflates a tar.gz into the folder of the pack that is being built: only there can its files be read in
// another order than they lie in. What was inflated completely is found again after a kill. Bounded: by
// the disk, and by what images can gain from compression.
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { AppError, hasErrorCode } from '../../../shared/errors.ts';
import { requireSpace, writeError } from '../file-errors.ts';
import { createProgressMeter, type Watch } from '../progress.ts';
import { archiveBomb, damagedTar, tarError } from './archive-errors.ts';
import { mostInflatedBytes } from './tar-bytes.ts';
import { isEmptyBlock, isTarHeader, TAR_BLOCK } from './tar-index.ts';

const MEBIBYTE = 0x10_0000;
/** Left free for everything else. */
const RESERVE_BYTES = 256 * MEBIBYTE;
const CHECK_SPACE_EVERY = 64 * MEBIBYTE;

export interface InflateOptions extends Watch {
  readonly folder: string;
  /** For tests: what may come of the archive; else it follows from its size. */
  readonly mostBytes?: number;
}

/** The path of the tar file. */
export async function inflateTar(
  path: string,
  { folder, mostBytes, ...watch }: InflateOptions,
): Promise<string> {
  const whole = join(folder, 'archive.tar');
  if (existsSync(whole)) return whole;
  const partial = `${whole}.partial`;
  const { size: packedBytes } = await stat(path);
  const limit = mostBytes ?? mostInflatedBytes(packedBytes);
  const meter = createProgressMeter('unpack', Math.ceil(packedBytes / MEBIBYTE), watch);
  const packed = createReadStream(path);
  let reported = 0;
  const tellProgress = async (): Promise<void> => {
    const done = Math.floor(packed.bytesRead / MEBIBYTE);
    const pause = meter.advance(done - reported);
    reported = done;
    await pause;
  };
  const checked = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let start: Buffer | undefined = Buffer.alloc(0);
    let bytes = 0;
    let nextCheck = 0;
    for await (const chunk of chunks) {
      if (start !== undefined) {
        start = Buffer.concat([start, chunk.subarray(0, TAR_BLOCK)]);
        requireTar(start, path);
        if (start.length >= TAR_BLOCK) start = undefined;
      }
      bytes += chunk.length;
      if (bytes > limit) throw archiveBomb(path, packedBytes, limit);
      if (bytes >= nextCheck) {
        await requireSpace(folder, RESERVE_BYTES, { saysHowMuch: false });
        nextCheck = bytes + CHECK_SPACE_EVERY;
      }
      await tellProgress();
      yield chunk;
    }
    if (start !== undefined) throw damagedTar(path, 0);
  };
  try {
    await rm(partial, { force: true });
    await pipeline(packed, createGunzip(), checked, createWriteStream(partial, { flush: true }));
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof AppError) throw error;
    const isFull = ['ENOSPC', 'EDQUOT', 'EROFS'].some((code) => hasErrorCode(error, code));
    throw isFull ? writeError(error, folder) : tarError(error, path);
  }
  meter.finish();
  await rename(partial, whole);
  return whole;
}

/** Says so at the first block, not after gigabytes of something else. */
function requireTar(start: Buffer, path: string): void {
  if (start.length < TAR_BLOCK) return;
  const block = start.subarray(0, TAR_BLOCK);
  if (!isTarHeader(block) && !isEmptyBlock(block)) throw damagedTar(path, 0);
}
