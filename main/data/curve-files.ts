// The files that curves of other trackers lie in: an event file, a table, or a folder of them.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { NotUsed } from '../../shared/contract/imported-run.ts';
import { inputError } from '../../shared/errors.ts';
import { formatBytes } from '../../shared/format.ts';
import { LARGEST_CURVE_FILE_BYTES, MOST_CURVE_FILES } from '../../shared/limits.ts';
import { readError } from './file-errors.ts';
import { statUserPath } from './user-file.ts';

const WHAT = 'file of curves';

export interface CurveFile {
  readonly kind: 'events' | 'table';
  /** Absolute. */
  readonly file: string;
}

export interface CurveFiles {
  /** What names are relative to: the folder itself, or that of the single file. */
  readonly root: string;
  /** In the order of their paths. */
  readonly files: readonly CurveFile[];
  readonly notUsed: readonly NotUsed[];
}

/** @throws inputError `not-found`, `no-permission`, `no-answer`, `not-a-file`, `no-curves`, `too-large` */
export async function findCurveFiles(source: string): Promise<CurveFiles> {
  const place = path.resolve(source);
  const isFolder = (await statUserPath(place, WHAT)).isDirectory();
  const found = isFolder ? await filesIn(place) : [place];
  const root = isFolder ? place : path.dirname(place);
  const files: CurveFile[] = [];
  const notUsed: NotUsed[] = [];
  for (const file of found) {
    const kind = kindOf(path.basename(file));
    if (kind !== undefined) files.push({ kind, file });
    else if (found.length === 1) throw notCurves(source);
    else notUsed.push({ name: path.relative(root, file), reason: 'neither event file nor CSV' });
  }
  return { root, files, notUsed };
}

/** @throws inputError `not-found`, `no-permission`, `no-answer`, `too-large` */
export async function readCurveFile(file: string): Promise<Uint8Array> {
  const { size } = await statUserPath(file, WHAT);
  if (size > LARGEST_CURVE_FILE_BYTES) {
    throw inputError(
      'too-large',
      `${file} has ${formatBytes(size)}; curves of up to ${formatBytes(LARGEST_CURVE_FILE_BYTES)} are read.`,
      { path: file },
    );
  }
  try {
    return await readFile(file);
  } catch (error) {
    throw readError(error, file, WHAT);
  }
}

function kindOf(name: string): CurveFile['kind'] | undefined {
  if (/tfevents/i.test(name) && !/\.(?:profile-empty|zip|gz)$/i.test(name)) return 'events';
  return /\.(?:csv|tsv)$/i.test(name) ? 'table' : undefined;
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    const files = entries.filter((entry) => entry.isFile());
    if (files.length <= MOST_CURVE_FILES) {
      return files.map((entry) => path.join(entry.parentPath, entry.name)).sort();
    }
  } catch (error) {
    throw readError(error, folder, WHAT);
  }
  throw inputError(
    'too-large',
    `${folder} holds more than ${MOST_CURVE_FILES} files; name the folder of the curves alone.`,
    { path: folder },
  );
}

function notCurves(file: string): Error {
  return inputError(
    'no-curves',
    `${file} is neither an event file (…tfevents…), nor a CSV, nor a bundle (.zip) of ResNet Lab.`,
    { path: file },
  );
}
