// Fetches one file whose size and SHA-256 are known: resumes a partial file, tries again when the
// connection breaks, and gives the file its name only after the checksum was right. Two processes that
// fetch the same file write the same bytes to the same places, so they need no lock.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError, failure, hasErrorCode } from '../../../shared/errors.ts';
import { formatBytes } from '../../../shared/format.ts';
import { isSystemError, requireSpace, writeError } from '../file-errors.ts';
import { fetchInto, type Received } from './fetch-into.ts';

export interface WantedFile {
  readonly url: string;
  readonly sizeBytes: number;
  /** Hex, lower case. */
  readonly sha256: string;
  /** The whole path of the finished file. */
  readonly target: string;
}

export interface DownloadProgress {
  readonly stage: 'download' | 'check';
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Of this connection; 0 until it is known. */
  readonly bytesPerSecond: number;
}

export interface DownloadOptions {
  /** At most ten times a second. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Without a byte for so long, a connection counts as broken. */
  readonly stallMs?: number;
  /** Before the second try; doubled for each one after it. */
  readonly retryMs?: number;
}

/** Tries in a row that bring nothing new. */
const FRUITLESS_TRIES = 4;
const REPORT_INTERVAL_MS = 100;
const DEFAULT_STALL_MS = 30_000;
const DEFAULT_RETRY_MS = 1_000;
/** Of a file that is not whole yet. */
export const PART_SUFFIX = '.part';

/** @returns whether bytes were fetched; false if the finished file was there already. */
export async function downloadFile(file: WantedFile, options: DownloadOptions): Promise<boolean> {
  const watch = { ...options, report: everySoOften(options, file.sizeBytes) };
  try {
    if ((await sizeOf(file.target)) === file.sizeBytes && (await isRight(file, file.target, watch)))
      return false;
    await mkdir(dirname(file.target), { recursive: true });
    await fetchAndCheck(file, watch);
    return true;
  } catch (error) {
    if (options.signal?.aborted === true) throw cancelled(file, error);
    if (error instanceof AppError || !isSystemError(error)) throw error;
    throw writeError(error, dirname(file.target), file.sizeBytes);
  }
}

interface Watch extends DownloadOptions {
  report(stage: DownloadProgress['stage'], doneBytes: number, isLast?: boolean): void;
}

async function fetchAndCheck(file: WantedFile, watch: Watch): Promise<void> {
  const part = file.target + PART_SUFFIX;
  let hadOldBytes = (await sizeOf(part)) > 0;
  for (;;) {
    await requireSpace(dirname(file.target), file.sizeBytes - (await sizeOf(part)));
    await fetchRest(file, part, watch);
    if (await isRight(file, part, watch)) break;
    await rm(part, { force: true });
    if (!hadOldBytes) throw wrongBytes(file);
    // The part may have been damaged, or be of an older version of the file: begin anew, once.
    hadOldBytes = false;
  }
  await rename(part, file.target);
}

async function fetchRest(file: WantedFile, part: string, watch: Watch): Promise<void> {
  let fruitless = 0;
  const handle = await open(part, 'a').then(async (made) => {
    await made.close(); // 'a' makes it without emptying it; writing by position needs 'r+'
    return open(part, 'r+');
  });
  try {
    for (;;) {
      watch.signal?.throwIfAborted();
      const { size } = await handle.stat();
      if (size === file.sizeBytes) break;
      if (size > file.sizeBytes) await handle.truncate(0);
      const before = size > file.sizeBytes ? 0 : size;
      const received: Received = { bytes: before };
      try {
        await fetchInto(
          { url: file.url, sizeBytes: file.sizeBytes, from: before },
          handle,
          received,
          {
            signal: watch.signal,
            stallMs: watch.stallMs ?? DEFAULT_STALL_MS,
            onBytes: (doneBytes) => watch.report('download', doneBytes),
          },
        );
      } catch (error) {
        watch.signal?.throwIfAborted();
        // What the server says clearly, and what the disk says, will not change by asking again.
        if (error instanceof AppError || isSystemDiskError(error)) throw error;
        fruitless = received.bytes > before ? 0 : fruitless + 1;
        if (fruitless >= FRUITLESS_TRIES) throw noConnection(file, received.bytes, error);
        const waitMs = (watch.retryMs ?? DEFAULT_RETRY_MS) * 2 ** fruitless;
        await pause(waitMs, undefined, watch.signal === undefined ? {} : { signal: watch.signal });
      }
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isSystemDiskError(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES'].some((code) => hasErrorCode(error, code));
}

async function isRight(file: WantedFile, path: string, watch: Watch): Promise<boolean> {
  const hash = createHash('sha256');
  let doneBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    watch.signal?.throwIfAborted();
    const bytes = chunk as Buffer;
    hash.update(bytes);
    watch.report('check', (doneBytes += bytes.length));
  }
  watch.report('check', doneBytes, true);
  return hash.digest('hex') === file.sha256;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return 0;
    throw error;
  }
}

function everySoOften(options: DownloadOptions, totalBytes: number): Watch['report'] {
  let last: { readonly stage: string; readonly ms: number } | undefined;
  let start: { readonly stage: string; readonly ms: number; readonly bytes: number } | undefined;
  return (stage, doneBytes, isLast = false) => {
    const nowMs = performance.now();
    if (start?.stage !== stage || doneBytes < start.bytes) {
      start = { stage, ms: nowMs, bytes: doneBytes };
    }
    if (!isLast && last?.stage === stage && nowMs - last.ms < REPORT_INTERVAL_MS) return;
    last = { stage, ms: nowMs };
    const seconds = (nowMs - start.ms) / 1000;
    const bytesPerSecond = seconds > 0 ? (doneBytes - start.bytes) / seconds : 0;
    options.onProgress?.({ stage, doneBytes, totalBytes, bytesPerSecond });
  };
}

function cancelled(file: WantedFile, cause: unknown): AppError {
  return failure(
    'cancelled',
    `The download of ${file.url} was stopped; what has arrived is kept, and the next try goes on from there.`,
    { cause },
  );
}

function noConnection({ url, target, sizeBytes }: WantedFile, have: number, cause: unknown) {
  return failure(
    'no-connection',
    `${url} could not be fetched: ${connectionReason(cause)} (${formatBytes(have)} of ${formatBytes(sizeBytes)} are here). Try again, it goes on from there; or fetch the file elsewhere and put it at ${target}.`,
    { path: url, cause, details: { receivedBytes: have, sizeBytes, target } },
  );
}

/** `fetch` says "fetch failed" and hides what failed in the cause. */
function connectionReason(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = inner instanceof Error ? inner.message || inner.name : String(inner);
  return text.replace(/[\s.]+$/, '');
}

function wrongBytes({ url, sha256 }: WantedFile): AppError {
  return failure(
    'wrong-checksum',
    `What ${url} sent is not the file that is known by that name: its SHA-256 is not ${sha256}. Nothing was kept; try another network, a proxy may have changed it.`,
    { path: url, details: { sha256 } },
  );
}
