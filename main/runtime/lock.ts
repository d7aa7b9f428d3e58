// One process at a time per name, across processes and (with a shared home folder) machines. A lock
// is a file with its owner's pid, touched while it is held; a dead owner's lock is taken over.
import { mkdir, open, readFile, rmdir, stat, unlink, utimes } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasErrorCode } from '../../shared/errors.ts';
import { isAlive } from '../system/process-identity.ts';
import { explainFileError, makeFolder } from './cache.ts';
import { throwIfAborted } from './command.ts';

const HEARTBEAT_MS = 2_000;
/** An owner on another machine, or one whose pid was given to another process, is dead after this. */
const SILENT_FOR_MS = 120_000;
const LOOK_AGAIN_MS = 200;

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Tells two locks of one process apart. */
  readonly token: string;
}

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once when another process holds the lock. */
  readonly onWait: (owner: { readonly pid: number; readonly host: string }) => void;
}

/** Runs `work` while no other process runs any with the same lock file. */
export async function withLock<T>(
  file: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  await makeFolder(path.dirname(file));
  const token = await acquire(file, options);
  const heartbeat = setInterval(() => {
    const now = new Date();
    // If it was taken from us (suspended for minutes), the work still ends in an atomic rename.
    utimes(file, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await readOwner(file))?.token === token) await removeIfThere(file);
  }
}

async function acquire(file: string, options: LockOptions): Promise<string> {
  const owner: Owner = { pid: process.pid, host: os.hostname(), token: randomUUID() };
  let isReported = false;
  for (;;) {
    throwIfAborted(options.signal);
    if (await create(file, owner)) return owner.token;
    const holder = await readOwner(file);
    if (await isAbandoned(file, holder)) {
      await takeAway(file);
      continue;
    }
    if (!isReported && holder !== undefined) {
      isReported = true;
      options.onWait(holder);
    }
    await delay(LOOK_AGAIN_MS);
  }
}

async function create(file: string, owner: Owner): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(JSON.stringify(owner));
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return false;
    throw explainFileError(error, path.dirname(file));
  }
}

/** undefined while there is none, or while its owner is still writing it. */
async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    const owner = JSON.parse(await readFile(file, 'utf8')) as Partial<Owner>;
    const { pid, host, token } = owner;
    if (typeof pid !== 'number' || typeof host !== 'string' || typeof token !== 'string') return;
    return { pid, host, token };
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function isAbandoned(file: string, owner: Owner | undefined): Promise<boolean> {
  if (owner?.host === os.hostname() && !isAlive(owner.pid)) return true;
  const silentMs = await silentForMs(file);
  // An owner that died between creating and writing leaves an empty file.
  return silentMs > (owner === undefined ? 5 * HEARTBEAT_MS : SILENT_FOR_MS);
}

async function silentForMs(file: string): Promise<number> {
  try {
    return Date.now() - (await stat(file)).mtimeMs;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return 0;
    throw error;
  }
}

/**
 * Removes an abandoned lock. Two processes may see it at once; were both to delete, the slower would
 * delete the lock that the faster has just made. So only the one that makes the guard folder looks
 * again and deletes.
 */
async function takeAway(file: string): Promise<void> {
  const guard = `${file}.takeover`;
  try {
    await mkdir(guard);
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw explainFileError(error, path.dirname(file));
    if ((await silentForMs(guard)) > 5 * HEARTBEAT_MS) await removeGuard(guard);
    await delay(LOOK_AGAIN_MS);
    return;
  }
  try {
    if (await isAbandoned(file, await readOwner(file))) await removeIfThere(file);
  } finally {
    await removeGuard(guard);
  }
}

async function removeGuard(guard: string): Promise<void> {
  try {
    await rmdir(guard);
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) throw error;
  }
}

async function removeIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) throw error;
  }
}
