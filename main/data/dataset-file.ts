// One file of a dataset as it lies there, in a folder or in an archive, for somebody who wants to look at
// what a scan has found. Reads nothing outside the dataset but what its own links lead to, which the scan
// has read as well, and hands out pictures only.
import { open, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { AppError, failure, hasErrorCode, inputError } from '../../shared/errors.ts';
import { formatBytes } from '../../shared/format.ts';
import { archiveKindOf, type ArchiveKind } from './archive/archive-kind.ts';
import { readArchivedFile } from './archive/image-archive.ts';
import { readError } from './file-errors.ts';
import { firstBytes } from './first-bytes.ts';
import { isUnreadable } from './image-file.ts';
import { rawPathOf } from './raw-names.ts';

export type PictureType =
  'image/jpeg' | 'image/png' | 'image/webp' | 'image/gif' | 'image/bmp' | 'image/avif';

export interface DatasetFile {
  readonly sizeBytes: number;
  /** What its first bytes say; null if it is none of the formats that a browser shows. */
  readonly type: PictureType | null;
  /** All of it, or nothing if it is no picture. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const LARGEST_BYTES = 32 * 0x10_0000;
const SIGNATURE_BYTES = 12;

/**
 * `file` is a path relative to the folder `source`, as problems and duplicates name it.
 * @throws inputError `bad-path`, `no-single-files`, `too-large`, and what reading fails with
 */
export async function readDatasetFile(source: string, file: string): Promise<DatasetFile> {
  const segments = segmentsOf(source, file);
  const place = path.resolve(source);
  if (/\.parquet, rows? \d/.test(file)) {
    throw inputError(
      'no-single-files',
      `${file} lies in a Parquet file and is no file of its own.`,
      {
        path: file,
      },
    );
  }
  const kind = await archiveKind(place);
  return kind === undefined
    ? readFromFolder(path.join(place, ...segments))
    : readFromArchive(place, kind, segments.join('/'));
}

async function archiveKind(place: string): Promise<ArchiveKind | undefined> {
  try {
    if (!(await stat(place)).isFile()) return undefined;
  } catch (error) {
    throw readError(error, place, 'dataset');
  }
  return archiveKindOf(await firstBytes(place), place);
}

async function readFromArchive(
  archive: string,
  kind: ArchiveKind,
  file: string,
): Promise<DatasetFile> {
  const target = `${archive}/${file}`;
  const bytes = await readArchivedFile(archive, kind, file);
  if (bytes === undefined) {
    throw inputError('not-found', `${target} does not exist; check the file's path.`, {
      path: target,
    });
  }
  if (isUnreadable(bytes)) {
    throw failure('read-failed', `${target} ${bytes.reason}.`, { path: target });
  }
  const type = typeOf(bytes.subarray(0, SIGNATURE_BYTES));
  if (type === null) return { sizeBytes: bytes.length, type, bytes: new Uint8Array(0) };
  if (bytes.length > LARGEST_BYTES) throw tooLarge(target, bytes.length);
  return { sizeBytes: bytes.length, type, bytes: new Uint8Array(bytes) };
}

async function readFromFolder(target: string): Promise<DatasetFile> {
  try {
    const handle = await openShown(target);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw notAFile(target);
      const sizeBytes = stats.size;
      const start = new Uint8Array(Math.min(SIGNATURE_BYTES, sizeBytes));
      await handle.read(start, 0, start.length, 0);
      const type = typeOf(start);
      if (type === null) return { sizeBytes, type, bytes: new Uint8Array(0) };
      if (sizeBytes > LARGEST_BYTES) throw tooLarge(target, sizeBytes);
      return { sizeBytes, type, bytes: new Uint8Array(await handle.readFile()) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw readError(error, target, 'file');
  }
}

/** Odd bytes in names are shown as `\\xNN`; a name that really holds that text comes first. */
async function openShown(target: string): Promise<FileHandle> {
  try {
    return await open(target, 'r');
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT') || !target.includes('\\x')) throw error;
    return await open(rawPathOf(target), 'r');
  }
}

function segmentsOf(source: string, file: string): readonly string[] {
  const segments = file.split(/[\\/]/);
  const isInside =
    !path.isAbsolute(file) &&
    !path.win32.isAbsolute(file) &&
    !file.includes('\0') &&
    segments.every((segment) => segment !== '.' && segment !== '..') &&
    (path.sep === '\\' ? segments : file.split('/')).every((segment) => segment !== '');
  // On other systems than Windows a backslash is a letter like any other.
  if (isInside) return path.sep === '\\' ? segments : file.split('/');
  throw inputError('bad-path', `${JSON.stringify(file)} is no file of the dataset ${source}.`, {
    path: file,
  });
}

function typeOf(bytes: Uint8Array): PictureType | null {
  const text = Buffer.from(bytes).toString('latin1');
  if (text.startsWith('\xff\xd8')) return 'image/jpeg';
  if (text.startsWith('\x89PNG\r\n')) return 'image/png';
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return 'image/webp';
  if (text.startsWith('GIF8')) return 'image/gif';
  if (text.startsWith('BM')) return 'image/bmp';
  if (/^.{4}ftypavi[fs]/s.test(text)) return 'image/avif';
  return null;
}

function notAFile(target: string): Error {
  return inputError('not-a-file', `${target} is no file, so there is nothing to show.`, {
    path: target,
  });
}

function tooLarge(target: string, sizeBytes: number): Error {
  return inputError(
    'too-large',
    `${target} has ${formatBytes(sizeBytes)}; files of up to ${formatBytes(LARGEST_BYTES)} are shown. Open it in an image viewer.`,
    { path: target },
  );
}
