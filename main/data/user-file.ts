// Looks at a path that a user named before anything opens it: only regular files and folders are read. A
// pipe would wait for ever, a device never ends. A mount whose server is gone never answers: then the
// question is given up, and the same place is not asked again until it has answered.
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { failure, inputError } from '../../shared/errors.ts';
import { formatBytes } from '../../shared/format.ts';
import { FILE_ANSWER_MS } from '../../shared/limits.ts';
import { readError } from './file-errors.ts';

export type Ask = (path: string) => Promise<Stats>;

/** Questions without an answer; each holds one of the four threads that Node has for files. */
const unanswered = new Map<string, Promise<unknown>>();
const MOST_UNANSWERED = 2;

/**
 * What the system says of a path, within seconds. @throws `not-found`, `no-permission`, `no-answer`, and
 * `not-a-file` for what is neither file nor folder
 */
export async function statUserPath(
  path: string,
  what: string,
  { ask = stat, withinMs = FILE_ANSWER_MS }: { ask?: Ask; withinMs?: number } = {},
): Promise<Stats> {
  const absolute = resolve(path);
  if (isSilent(absolute)) throw noAnswer(absolute);
  let timer: NodeJS.Timeout | undefined;
  const asked = ask(absolute);
  const late = new Promise<'late'>((done) => {
    timer = setTimeout(() => done('late'), withinMs);
  });
  let stats: Stats | 'late';
  try {
    stats = await Promise.race([asked, late]);
  } catch (error) {
    throw readError(error, absolute, what);
  } finally {
    clearTimeout(timer);
  }
  if (stats === 'late') {
    const forget = (): void => void unanswered.delete(absolute);
    unanswered.set(absolute, asked.then(forget, forget));
    throw noAnswer(absolute);
  }
  if (!stats.isFile() && !stats.isDirectory()) {
    throw inputError(
      'not-a-file',
      `${absolute} is ${kindOf(stats)}, which is not read; give the path of a file.`,
      { path: absolute },
    );
  }
  return stats;
}

/** @throws also `empty-file`, `too-large`, and `not-a-file` for a folder */
export async function requireUserFile(
  path: string,
  what: string,
  mostBytes = Infinity,
): Promise<Stats> {
  const stats = await statUserPath(path, what);
  const absolute = resolve(path);
  if (stats.isDirectory()) {
    throw inputError('not-a-file', `${absolute} is a folder; give the path of a file.`, {
      path: absolute,
    });
  }
  // The kernel's own files have no size; some of them wait for ever.
  if (stats.size === 0) {
    throw inputError('empty-file', `${absolute} is empty; check the ${what}'s path.`, {
      path: absolute,
    });
  }
  if (stats.size > mostBytes) {
    throw inputError(
      'too-large',
      `${absolute} has ${formatBytes(stats.size)}; a ${what} of up to ${formatBytes(mostBytes)} is read.`,
      { path: absolute, details: { sizeBytes: stats.size, mostBytes } },
    );
  }
  return stats;
}

/** Below the same folder as a path that has no answer yet; or too many have none. */
function isSilent(path: string): boolean {
  if (unanswered.size >= MOST_UNANSWERED) return true;
  return [...unanswered.keys()].some((silent) => topOf(silent) === topOf(path));
}

/** Mounts are seldom deeper: `/mnt/nas`, `/home/me`. */
function topOf(path: string): string {
  return path.split(sep).slice(0, 3).join(sep);
}

function noAnswer(path: string): Error {
  return failure(
    'no-answer',
    `${path} does not answer. Is it on a network drive whose server is gone, or on a disk that sleeps? Try again when it is back.`,
    { path },
  );
}

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  if (stats.isBlockDevice()) return 'a disk device';
  return 'a device';
}
