// Turns what SQLite and the file system report about the library's database into sentences with
// stable codes.
import path from 'node:path';
import { AppError, failure, inputError } from '../../shared/errors.ts';
import { freeBytesNow } from '../system/disk.ts';

/** Less free space than this while writing fails means that the disk is full. */
const fullBelowBytes = 4 * 1024 * 1024;

/** SQLite's result codes (sqlite.org/rescode.html), without their extensions. */
export const SQLITE = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const;

export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE.busy || code === SQLITE.locked;
}

/** Undefined for errors that are not SQLite's. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

export function explainDatabaseError(error: unknown, file: string): unknown {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const sqlite = sqliteCode(error);
  const options = { path: file, cause: error };
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || sqlite === SQLITE.readOnly) {
    return inputError(
      'library-no-rights',
      `The library ${file} can't be read and written by this user. Give yourself write permission ` +
        `on ${path.dirname(file)} and what is in it, or choose another folder with --home.`,
      options,
    );
  }
  if (sqlite === SQLITE.notADatabase) {
    return inputError(
      'library-not-a-database',
      `${file} is not a ResNet Lab library. Choose another folder with --home, or move that file ` +
        'away; it was not changed.',
      options,
    );
  }
  if (sqlite === SQLITE.corrupt) {
    return failure(
      'library-corrupt',
      `The library ${file} is damaged. \`resnet-lab library restore\` puts the newest backup in its place; or move it ` +
        'away to start a new one; checkpoints in runs/ are separate files and stay usable.',
      options,
    );
  }
  if (code === 'ENOENT' || code === 'ENODEV' || code === 'ESTALE') {
    return failure(
      'library-gone',
      `The library folder ${path.dirname(file)} is not there any more: it was moved or deleted, or its ` +
        'disk is not connected. Put it back where it was; until then nothing can be shown or saved.',
      options,
    );
  }
  const isWriteError = code === 'EIO' || sqlite === SQLITE.io;
  if (code === 'ENOSPC' || sqlite === SQLITE.full || (isWriteError && isNearlyFull(file))) {
    return failure(
      'disk-full',
      `There is no space left for the library in ${path.dirname(file)}. Free some space and try ` +
        'again; everything that was saved before is intact.',
      options,
    );
  }
  if (isWriteError) {
    return failure(
      'library-io',
      `The disk refused to read or write the library ${file}. Check the disk, quota or network ` +
        'folder and try again; everything that was saved before is intact.',
      options,
    );
  }
  if (isBusy(error)) {
    return failure(
      'library-busy',
      `Another process has been writing to the library ${file} for too long. Wait until it is done, or ` +
        'end it, and try again.',
      options,
    );
  }
  if (sqlite === SQLITE.cantOpen) {
    return failure(
      'library-unopenable',
      `The library ${file} can't be opened. Check that its folder exists, is on a connected disk ` +
        'and that library.db is a file.',
      options,
    );
  }
  return error;
}

function isNearlyFull(file: string): boolean {
  return freeBytesNow(path.dirname(file)) < fullBelowBytes;
}
