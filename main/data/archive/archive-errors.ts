// Sentences for what is wrong with an archive as a whole; what is wrong with one of its entries is a
// problem of that entry.
import { AppError, hasErrorCode, inputError, messageOf } from '../../../shared/errors.ts';
import { formatBytes } from '../../../shared/format.ts';
import { isSystemError, readError } from '../file-errors.ts';

export function truncatedArchive(path: string, cause?: unknown): Error {
  return inputError(
    'truncated-file',
    `${path} is truncated: the archive ends too early; fetch it again.`,
    { path, cause },
  );
}

function damagedArchive(path: string, how: string, cause?: unknown): Error {
  return inputError('bad-archive', `${path} is damaged: ${how}; fetch it again.`, { path, cause });
}

export function damagedTar(path: string, at: number): Error {
  return at === 0
    ? inputError('bad-archive', `${path} holds no tar archive; zip, tar and tar.gz are read.`, {
        path,
      })
    : damagedArchive(path, `the tar header at byte ${at} is none`);
}

export function archiveBomb(path: string, packedBytes: number, limit: number): Error {
  return inputError(
    'archive-too-large',
    `${path} has ${formatBytes(packedBytes)} and unpacks to more than ${formatBytes(limit)}, which no archive of images does; unpack it yourself if you trust it, and point at the folder.`,
    { path, details: { packedBytes, limit } },
  );
}

export function tooManyEntries(path: string): Error {
  return inputError(
    'too-many-entries',
    `${path} has more entries than are read from an archive; unpack it and point at the folder.`,
    { path },
  );
}

/** For what zlib, tar-stream or the system say about a tar archive. */
export function tarError(error: unknown, path: string): Error {
  if (error instanceof AppError) return error;
  const isZlib = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
  if (isSystemError(error) && !isZlib) return readError(error, path, 'archive');
  const isTruncated =
    hasErrorCode(error, 'Z_BUF_ERROR') || /unexpected end/i.test(messageOf(error));
  return isTruncated
    ? truncatedArchive(path, error)
    : damagedArchive(path, messageOf(error), error);
}

/** For what yauzl or the system say about a zip archive. */
export function zipError(error: unknown, path: string): Error {
  if (error instanceof AppError) return error;
  if (isSystemError(error)) return readError(error, path, 'archive');
  const message = messageOf(error);
  if (/^End of central directory|^unexpected EOF/.test(message)) {
    return inputError(
      'truncated-file',
      `${path} is truncated or no zip archive: the directory at its end is missing; fetch it again.`,
      { path, cause: error },
    );
  }
  return damagedArchive(path, message.replace(/[\s.]+$/, ''), error);
}
