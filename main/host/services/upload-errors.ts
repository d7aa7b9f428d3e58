// What can go wrong with an upload, as sentences that say what to do.
import { freeBytes } from '../../system/disk.ts';
import { failure, hasErrorCode, inputError, messageOf } from '../../../shared/errors.ts';
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

export function noSuchUpload(id: string): Error {
  return inputError(
    'no-such-upload',
    `There is no upload ${JSON.stringify(id.slice(0, 40))}; it may have been cancelled. Drop it again.`,
  );
}
