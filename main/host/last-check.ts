// What the last check of the library found, beside the library: not in its database, which may be what is
// damaged.
import fs from 'node:fs';
import path from 'node:path';
import { failure, hasErrorCode, messageOf } from '../../shared/errors.ts';
import { LibraryCheck } from '../../shared/contract/app/library.ts';
import type { LibraryFindings } from '../store/check-library.ts';
import type { CheckpointFindings } from './check-checkpoints.ts';

const NAME = 'last-check.json';

/**
 * Null if there was none, or what is there is no longer understood.
 * @throws failure `check-unreadable`
 */
export function readLastCheck(home: string): LibraryCheck | null {
  const file = path.join(home, NAME);
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return null;
    throw failure(
      'check-unreadable',
      `What the last check of the library found can't be read (${messageOf(error)}). Check the permissions of ${file}, or delete it and check again.`,
      { path: file, cause: error },
    );
  }
  try {
    return LibraryCheck.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    // Cut off by a full disk: the next check writes it anew.
    return null;
  }
}

/** Writes it and returns it. @throws system errors */
export function recordCheck(
  home: string,
  depth: LibraryCheck['depth'],
  findings: LibraryFindings & CheckpointFindings,
): LibraryCheck {
  const { database, damaged, damagedCheckpoints } = findings;
  const check = LibraryCheck.parse({
    at: new Date().toISOString(),
    depth,
    isSound: database.length + damaged.length + damagedCheckpoints.length === 0,
    findings,
  });
  const file = path.join(home, NAME);
  fs.writeFileSync(`${file}.partial`, JSON.stringify(check));
  fs.renameSync(`${file}.partial`, file);
  return check;
}
