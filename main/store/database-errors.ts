// Turns what SQLite and the file system report about the library's database into sentences with
// stable codes.
import path from 'node:path';
import { AppError } from '../../shared/errors.ts';
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
  const trouble: Trouble = {
    code: error instanceof Error && 'code' in error ? error.code : undefined,
    sqlite: sqliteCode(error),
    file,
    folder: path.dirname(file),
  };
  const known = EXPLANATIONS.find(({ fits }) => fits(trouble));
  if (known === undefined) return error;
  const { fault, code, sentence } = known;
  return new AppError(fault, code, sentence(trouble), { path: file, cause: error });
}

interface Trouble {
  /** Of the file system. */
  readonly code: unknown;
  readonly sqlite: number | undefined;
  readonly file: string;
  readonly folder: string;
}

interface Explanation {
  readonly fits: (trouble: Trouble) => boolean;
  readonly fault: AppError['fault'];
  readonly code: string;
  readonly sentence: (trouble: Trouble) => string;
}

const isOneOf = (value: unknown, ...wanted: readonly unknown[]): boolean => wanted.includes(value);

const isWriteError = ({ code, sqlite }: Trouble): boolean => code === 'EIO' || sqlite === SQLITE.io;

/** The first that fits is the one. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    fits: ({ code, sqlite }) =>
      isOneOf(code, 'EACCES', 'EPERM', 'EROFS') || sqlite === SQLITE.readOnly,
    fault: 'input',
    code: 'library-no-rights',
    sentence: ({ file, folder }) =>
      `The library ${file} can't be read and written by this user. Give yourself write permission ` +
      `on ${folder} and what is in it, or choose another folder with --home.`,
  },
  {
    fits: ({ sqlite }) => sqlite === SQLITE.notADatabase,
    fault: 'input',
    code: 'library-not-a-database',
    sentence: ({ file }) =>
      `${file} is not a ResNet Lab library. Choose another folder with --home, or move that file ` +
      'away; it was not changed.',
  },
  {
    fits: ({ sqlite }) => sqlite === SQLITE.corrupt,
    fault: 'failure',
    code: 'library-corrupt',
    sentence: ({ file }) =>
      `The library ${file} is damaged. \`resnet-lab library restore\` puts the newest backup in its place; or move it ` +
      'away to start a new one; checkpoints in runs/ are separate files and stay usable.',
  },
  {
    fits: ({ code }) => isOneOf(code, 'ENOENT', 'ENODEV', 'ESTALE'),
    fault: 'failure',
    code: 'library-gone',
    sentence: ({ folder }) =>
      `The library folder ${folder} is not there any more: it was moved or deleted, or its ` +
      'disk is not connected. Put it back where it was; until then nothing can be shown or saved.',
  },
  {
    fits: (trouble) =>
      trouble.code === 'ENOSPC' ||
      trouble.sqlite === SQLITE.full ||
      (isWriteError(trouble) && freeBytesNow(trouble.folder) < fullBelowBytes),
    fault: 'failure',
    code: 'disk-full',
    sentence: ({ folder }) =>
      `There is no space left for the library in ${folder}. Free some space and try ` +
      'again; everything that was saved before is intact.',
  },
  {
    fits: isWriteError,
    fault: 'failure',
    code: 'library-io',
    sentence: ({ file }) =>
      `The disk refused to read or write the library ${file}. Check the disk, quota or network ` +
      'folder and try again; everything that was saved before is intact.',
  },
  {
    fits: ({ sqlite }) => isOneOf(sqlite, SQLITE.busy, SQLITE.locked),
    fault: 'failure',
    code: 'library-busy',
    sentence: ({ file }) =>
      `Another process has been writing to the library ${file} for too long. Wait until it is done, or ` +
      'end it, and try again.',
  },
  {
    fits: ({ sqlite }) => sqlite === SQLITE.cantOpen,
    fault: 'failure',
    code: 'library-unopenable',
    sentence: ({ file }) =>
      `The library ${file} can't be opened. Check that its folder exists, is on a connected disk ` +
      'and that library.db is a file.',
  },
];
