// Reads a JSON document that the user named on the command line.
import fs from 'node:fs';
import { parseBoundedJson } from '../../shared/bounded-json.ts';
import { AppError, hasErrorCode, inputError, messageOf } from '../../shared/errors.ts';
import { formatBytes } from '../../shared/format.ts';
import { LARGEST_JSON_BYTES } from '../../shared/limits.ts';
import { userPath } from '../host/user-path.ts';

/** True for what can only be meant as a file, not as a name. */
export function looksLikeFile(text: string): boolean {
  return text.toLowerCase().endsWith('.json') || /[\\/]/.test(text);
}

/** `what` begins the sentence: `The recipe`. */
export function readJsonFile(file: string, what: string): unknown {
  const absolute = userPath(file);
  let text: string;
  try {
    requireJsonFile(absolute, what);
    text = fs.readFileSync(absolute, 'utf8');
  } catch (error) {
    if (error instanceof AppError) throw error;
    const why = hasErrorCode(error, 'ENOENT') ? 'there is no such file' : messageOf(error);
    throw inputError('not-found', `${what} ${absolute} can't be read: ${why}.`, {
      path: absolute,
      cause: error,
    });
  }
  try {
    // Editors on Windows like to begin a file with a byte-order mark.
    return parseBoundedJson(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw inputError('bad-json', `${what} ${absolute} is not JSON: ${messageOf(error)}.`, {
      path: absolute,
      cause: error,
    });
  }
}

/** A pipe would be waited for, a device never ends. */
function requireJsonFile(absolute: string, what: string): void {
  const stats = fs.statSync(absolute);
  if (!stats.isFile()) {
    throw inputError(
      'not-a-file',
      `${what} ${absolute} is ${stats.isDirectory() ? 'a folder' : 'a pipe, socket or device'}; give the path of a JSON file.`,
      { path: absolute },
    );
  }
  if (stats.size > LARGEST_JSON_BYTES) {
    throw inputError(
      'too-large',
      `${what} ${absolute} has ${formatBytes(stats.size)}; up to ${formatBytes(LARGEST_JSON_BYTES)} are read.`,
      { path: absolute },
    );
  }
}
