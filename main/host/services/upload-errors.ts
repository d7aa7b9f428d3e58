// What can go wrong with an upload, as sentences that say what to do.
import { freeBytes } from '../../system/disk.ts';
import { COLUMN_QUESTIONS } from '../../../shared/contract/app/datasets.ts';
import { AppError, failure, hasErrorCode, inputError, messageOf } from '../../../shared/errors.ts';
import { formatBytes } from '../../../shared/format.ts';
import type { Manifest } from './upload-files.ts';

/** Left free for everything else. */
const reserveBytes = 64 * 2 ** 20;

/** `sizes` are those of the files on disk, in the order of the manifest. */
export function requireComplete({ files }: Manifest, sizes: readonly number[]): void {
  const missing = files.filter((file, i) => sizes[i] !== file.sizeBytes);
  const [first] = missing;
  if (first === undefined) return;
  throw inputError(
    'upload-incomplete',
    `${missing.length} of ${files.length} files are not complete yet, the first is ${first.path}; send the rest and finish again.`,
    { details: { missing: missing.length } },
  );
}

export async function requireSpace(folder: string, neededBytes: number): Promise<void> {
  const haveBytes = await freeBytes(folder);
  if (neededBytes === 0 || haveBytes >= neededBytes + reserveBytes) return;
  throw diskFull(folder, neededBytes, haveBytes);
}

export async function explained<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (hasErrorCode(error, 'ENOSPC') || hasErrorCode(error, 'EDQUOT')) throw diskFull(folder);
    const isSystem = error instanceof Error && 'errno' in error;
    if (!isSystem) throw error;
    throw failure(
      'upload-failed',
      `The upload could not be written to ${folder}: ${messageOf(error)}. Check the disk and its permissions and try again; what has arrived is kept.`,
      { path: folder, cause: error },
    );
  }
}

function diskFull(folder: string, neededBytes?: number, freeBytes?: number): Error {
  const numbers =
    neededBytes === undefined || freeBytes === undefined
      ? ''
      : ` ${formatBytes(neededBytes)} are still to come, ${formatBytes(freeBytes)} are free.`;
  return failure(
    'disk-full',
    `There is no space left for the upload in ${folder}.${numbers} Free some space and drop it again; what has arrived is kept.`,
    { path: folder, details: { neededBytes, freeBytes } },
  );
}

export function looseImages(name: string): Error {
  return inputError(
    'images-without-folder',
    `${JSON.stringify(name)} holds images and no folders, so there are no classes to learn; it was not kept. Drop a folder that has a folder of images for each class.`,
  );
}

/** Errors that ask how to read what has arrived; an answer makes a dataset of it. */
const QUESTIONS: ReadonlySet<string> = new Set(['ambiguous-layout', ...COLUMN_QUESTIONS]);

/** Whether what has arrived can't be a dataset, however often it is read. */
export function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && error.fault === 'input' && !QUESTIONS.has(error.code);
}

/** `refusal`, saying that the upload is gone; pages offer no second try. */
export function notKept({ code, message, details, path, cause }: AppError): Error {
  const options = { details: { ...details, notKept: true }, cause };
  return inputError(
    code,
    `${message} The upload was not kept; mend it and drop it again.`,
    path === undefined ? options : { ...options, path },
  );
}

export function noSuchUpload(id: string): Error {
  return inputError(
    'no-such-upload',
    `There is no upload ${JSON.stringify(id.slice(0, 40))}; it may have been cancelled. Drop it again.`,
  );
}
