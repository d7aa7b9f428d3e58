// Checks and backups of the library for the page, by a checker process: the host answers others meanwhile. The
// quick one at the start looks only at the database's structure and at records.
import path from 'node:path';
import type { LibraryCheck } from '../../../shared/contract/app/library.ts';
import { AppError } from '../../../shared/errors.ts';
import { listBackups, makeBackup } from '../../store/backups.ts';
import { checkRecords } from '../../store/check-library.ts';
import type { Library } from '../../store/library.ts';
import { checkDatabaseOutside, checkLibraryOutside } from '../checking/check-outside.ts';
import { readLastCheck, recordCheck } from '../last-check.ts';
import { isBackupDue } from './daily-backup.ts';
import type { HandlersOf } from './handlers.ts';

export function createLibraryService(library: Library): HandlersOf<'library'> {
  /** Of several pages that ask at once, one is served. */
  let copying: ReturnType<typeof makeBackup> | undefined;
  return {
    'library.state': () =>
      Promise.resolve({
        lastCheck: readLastCheck(library.folder),
        backups: [...listBackups(library.folder)],
      }),
    'library.check': async (_input, { signal, emit }) => {
      const findings = await checkLibraryOutside(library.folder, {
        signal,
        onProgress: (progress) => void emit({ kind: 'progress', progress }, { latest: 'progress' }),
      });
      await emit({ kind: 'done', check: recordCheck(library.folder, 'full', findings) });
    },
    'library.backUp': async () => {
      copying ??= makeBackup(library.folder, {
        check: (file, depth) => checkDatabaseOutside(file, depth),
      }).finally(() => (copying = undefined));
      return { backup: await copying };
    },
  };
}

/**
 * At the start and once a day: SQLite looks at the database once, at the copy where a backup is due, which is the
 * same pages. A damaged library is not backed up, so that the sound backups stay.
 * @throws failure `library-corrupt`, after the damage was recorded; the signal's reason: the library may be closed
 */
export async function takeCare(
  library: Library,
  { signal, now = new Date() }: { readonly signal?: AbortSignal; readonly now?: Date } = {},
): Promise<LibraryCheck> {
  const home = library.folder;
  if (!isBackupDue(home, now)) {
    const problems = await checkDatabaseOutside(path.join(home, 'library.db'), 'quick', { signal });
    signal?.throwIfAborted();
    return recordQuickCheck(library, problems);
  }
  let problems: readonly string[] = [];
  try {
    await makeBackup(home, {
      now,
      check: async (file, depth) =>
        (problems = await checkDatabaseOutside(file, depth, { signal })),
    });
  } catch (error) {
    signal?.throwIfAborted();
    // Any other says nothing about the library: a full disk, for one.
    if (error instanceof AppError && error.code === 'library-corrupt') {
      recordQuickCheck(library, problems.length === 0 ? [error.message] : problems);
    }
    throw error;
  }
  signal?.throwIfAborted();
  return recordQuickCheck(library, problems);
}

/**
 * What was found of the database's structure, and all records; no series, no checkpoint. A sound result does not
 * replace that of a full check that found damage.
 */
function recordQuickCheck(library: Library, database: readonly string[]): LibraryCheck {
  const { ids, damaged, withoutRecord } = checkRecords(library, database);
  const last = readLastCheck(library.folder);
  const isSound = database.length + damaged.length === 0;
  if (isSound && last?.depth === 'full') return last;
  return recordCheck(library.folder, 'quick', {
    ...{ database, runs: ids.length, damaged, withoutRecord },
    ...{ checkpoints: 0, damagedCheckpoints: [] },
  });
}
