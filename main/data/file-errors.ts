// Sentences for what the file system says when data is read or the cache is written. Every message
// names the path and what to do; anything unexpected keeps the system's own words.
import {
  failure,
  hasErrorCode,
  inputError,
  messageOf,
  type AppError,
} from '../../shared/errors.ts';
import { freeBytes } from '../system/disk.ts';

/** For a path that the user named. */
export function readError(error: unknown, path: string, what: string): AppError {
  const options = { path, cause: error };
  if (hasErrorCode(error, 'ENOENT')) {
    return inputError('not-found', `${path} does not exist; check the ${what}'s path.`, options);
  }
  if (hasErrorCode(error, 'ENOTDIR')) {
    return inputError('not-a-folder', `${path} is not a folder.`, options);
  }
  if (hasErrorCode(error, 'EACCES') || hasErrorCode(error, 'EPERM')) {
    return inputError(
      'no-permission',
      `${path} may not be read by this user; change its permissions or run as its owner.`,
      options,
    );
  }
  return failure('read-failed', `${path} could not be read: ${messageOf(error)}.`, options);
}

/** Says that a disk is too small before the work, not after. @throws failure `disk-full` */
export async function requireSpace(
  folder: string,
  neededBytes: number,
  { saysHowMuch = true } = {},
): Promise<void> {
  if ((await freeBytes(folder)) >= neededBytes) return;
  const full = Object.assign(new Error('not enough free space'), { code: 'ENOSPC' });
  throw writeError(full, folder, saysHowMuch ? neededBytes : undefined);
}

/** For the cache folder. */
export function writeError(error: unknown, folder: string, neededBytes?: number): AppError {
  const options = {
    path: folder,
    cause: error,
    ...(neededBytes === undefined ? {} : { details: { neededBytes } }),
  };
  if (hasErrorCode(error, 'ENOSPC') || hasErrorCode(error, 'EDQUOT')) {
    const size =
      neededBytes === undefined ? '' : ` (about ${mebibytes(neededBytes)} MiB are needed)`;
    return failure(
      'disk-full',
      `The disk of ${folder} is full${size}; free some space or choose another home with --home. No partial file was left.`,
      options,
    );
  }
  if (
    hasErrorCode(error, 'EACCES') ||
    hasErrorCode(error, 'EPERM') ||
    hasErrorCode(error, 'EROFS')
  ) {
    return failure(
      'cache-not-writable',
      `The cache folder ${folder} may not be written; change its permissions or choose another home with --home.`,
      options,
    );
  }
  return failure(
    'cache-failed',
    `The cache in ${folder} could not be written: ${messageOf(error)}.`,
    options,
  );
}

function mebibytes(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 0x10_0000));
}

/** True for errors that the operating system raised (they carry an `errno`). */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'errno' in error;
}

/** Why the system would not give a file, as a part of a sentence after its name. */
export function unreadable(error: unknown): string {
  if (hasErrorCode(error, 'EACCES') || hasErrorCode(error, 'EPERM')) {
    return 'may not be read by this user';
  }
  if (hasErrorCode(error, 'ELOOP')) return 'is a link in a circle';
  if (hasErrorCode(error, 'ENOENT')) return 'is missing or a link to nothing';
  return `could not be read: ${messageOf(error)}`;
}
