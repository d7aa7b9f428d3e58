// Reads a JSON document that the user named on the command line.
import fs from 'node:fs';
import path from 'node:path';
import { parseBoundedJson } from '../../shared/bounded-json.ts';
import { hasErrorCode, inputError, messageOf } from '../../shared/errors.ts';

/** True for what can only be meant as a file, not as a name. */
export function looksLikeFile(text: string): boolean {
  return text.toLowerCase().endsWith('.json') || /[\\/]/.test(text);
}

/** `what` begins the sentence: `The recipe`. */
export function readJsonFile(file: string, what: string): unknown {
  const absolute = path.resolve(file);
  let text: string;
  try {
    text = fs.readFileSync(absolute, 'utf8');
  } catch (error) {
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
