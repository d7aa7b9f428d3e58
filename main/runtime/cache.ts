// The user's cache folder: where it is, what is in it, and whether there is room for more.
// Everything in it can be deleted at any time; it is fetched again when it is needed.
import { lstat, mkdir, readdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { failure, hasErrorCode, inputError, messageOf } from '../../shared/errors.ts';
import { freeBytes } from '../system/disk.ts';
import type { Environment } from './runtime.ts';

/** `RESNET_LAB_CACHE`, else the platform's folder for things that can be fetched again. */
export function defaultCacheFolder(
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const chosen = env['RESNET_LAB_CACHE'];
  if (chosen) return path.resolve(chosen);
  if (platform === 'win32') {
    return path.join(
      env['LOCALAPPDATA'] || path.join(os.homedir(), 'AppData', 'Local'),
      'resnet-lab',
    );
  }
  if (platform === 'darwin') return path.join(os.homedir(), 'Library', 'Caches', 'resnet-lab');
  const xdg = env['XDG_CACHE_HOME'];
  // The XDG specification says to ignore a relative path.
  return path.join(
    xdg && path.isAbsolute(xdg) ? xdg : path.join(os.homedir(), '.cache'),
    'resnet-lab',
  );
}

export interface CacheFolders {
  readonly root: string;
  /** One folder per finished runtime. */
  readonly runtimes: string;
  /** Half-built runtimes; whoever holds the lock of a key may delete what is here under it. */
  readonly staging: string;
  /** Fetched but not yet unpacked; survives an interruption so that nothing is fetched twice. */
  readonly downloads: string;
  readonly locks: string;
}

export function cacheFolders(root: string): CacheFolders {
  return {
    root,
    runtimes: path.join(root, 'runtimes'),
    staging: path.join(root, 'staging'),
    downloads: path.join(root, 'downloads'),
    locks: path.join(root, 'locks'),
  };
}

export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    // On a read-only disk mkdir says that the parent is missing.
    if (hasErrorCode(error, 'ENOENT')) throw notWritable(error, folder);
    throw explainFileError(error, folder);
  }
}

/** Refuses to begin a step that cannot end, instead of filling the disk first. */
export async function requireSpace(folder: string, needBytes: number, what: string): Promise<void> {
  const haveBytes = await freeBytes(folder);
  if (haveBytes < needBytes) throw noSpace(folder, what, { haveBytes, needBytes });
}

function noSpace(
  folder: string,
  what: string,
  details: { haveBytes?: number; needBytes?: number } = {},
  cause?: unknown,
) {
  const { haveBytes, needBytes } = details;
  const room =
    haveBytes === undefined || needBytes === undefined
      ? 'there is no space left'
      : `${formatBytes(needBytes)} are needed and ${formatBytes(haveBytes)} are free`;
  return failure(
    'no-disk-space',
    `Not enough disk space in ${folder} ${what}: ${room}; free some space or set RESNET_LAB_CACHE to a folder on a larger disk.`,
    { details, path: folder, ...(cause === undefined ? {} : { cause }) },
  );
}

/** Turns a file system error below `folder` into a sentence with the next step; others pass. */
export function explainFileError(error: unknown, folder: string): unknown {
  if (hasErrorCode(error, 'ENOSPC') || hasErrorCode(error, 'EDQUOT')) {
    return noSpace(folder, 'to stage TensorFlow', {}, error);
  }
  const mayNotWrite = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'];
  if (mayNotWrite.some((code) => hasErrorCode(error, code))) return notWritable(error, folder);
  return error;
}

function notWritable(error: unknown, folder: string): Error {
  return inputError(
    'cache-not-writable',
    `The cache folder ${folder} cannot be written (${messageOf(error)}); set RESNET_LAB_CACHE to a folder you may write to.`,
    { path: folder, cause: error },
  );
}

/** Total size of the files in a folder, links not followed; 0 when it does not exist. */
export async function folderBytes(folder: string): Promise<number> {
  let entries;
  try {
    entries = await readdir(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR')) return 0;
    throw error;
  }
  let total = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    try {
      total += (await lstat(path.join(entry.parentPath, entry.name))).size;
    } catch (error) {
      // Another process may be cleaning up; what is gone takes no space.
      if (!hasErrorCode(error, 'ENOENT')) throw error;
    }
  }
  return total;
}

export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(0)} MB`;
  return `${(bytes / 1e3).toFixed(0)} kB`;
}
