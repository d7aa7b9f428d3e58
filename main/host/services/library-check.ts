// Checks and backups of the library for the page. A check is read run by run, so that the host answers others
// meanwhile; the quick one at the start looks only at the database's structure and at records.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LibraryCheck } from '../../../shared/contract/app/library.ts';
import type { Progress } from '../../../shared/contract/app/common.ts';
import { listBackups, makeBackup } from '../../store/backups.ts';
import { checkLibraryByRun, checkRecords } from '../../store/check-library.ts';
import type { Library } from '../../store/library.ts';
import { checkCheckpoints } from '../check-checkpoints.ts';
import { readLastCheck, recordCheck } from '../last-check.ts';
import type { HandlersOf } from './handlers.ts';

/** Of the whole, by guess: series are in one file, checkpoints are larger. */
const SERIES_SHARE = 0.3;

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
      const check = await checkWhole(library, {
        signal,
        onProgress: (progress) => void emit({ kind: 'progress', progress }, { latest: 'progress' }),
      });
      await emit({ kind: 'done', check });
    },
    'library.backUp': async () => {
      copying ??= makeBackup(library.folder).finally(() => (copying = undefined));
      return { backup: await copying };
    },
  };
}

interface CheckOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

async function checkWhole(
  library: Library,
  { signal, onProgress }: CheckOptions,
): Promise<LibraryCheck> {
  const startedMs = performance.now();
  const tell = (message: string, fraction: number): void => {
    const spentMs = performance.now() - startedMs;
    const remainingMs = fraction > 0.02 ? (spentMs / fraction) * (1 - fraction) : undefined;
    onProgress({ message, fraction, ...(remainingMs === undefined ? {} : { remainingMs }) });
  };
  onProgress({ message: 'Reading the database' });
  await nextTurn();
  const parts = checkLibraryByRun(library);
  let part = parts.next();
  while (part.done !== true) {
    const { done, all } = part.value;
    tell(`Reading the series: run ${done + 1} of ${all}`, (SERIES_SHARE * done) / all);
    await nextTurn(undefined, { signal });
    part = parts.next();
  }
  const checkpoints = await checkCheckpoints(
    library,
    (done, all) =>
      tell(
        `Reading the checkpoints: run ${done + 1} of ${all}`,
        SERIES_SHARE + ((1 - SERIES_SHARE) * done) / all,
      ),
    signal,
  );
  return recordCheck(library.folder, 'full', { ...part.value, ...checkpoints });
}

/**
 * The database's structure and all records; no series, no checkpoint. A sound result does not replace that of a
 * full check that found damage.
 */
export function checkQuickly(library: Library): LibraryCheck {
  const { database, ids, damaged, withoutRecord } = checkRecords(library, 'quick');
  const last = readLastCheck(library.folder);
  const isSound = database.length + damaged.length === 0;
  if (isSound && last?.depth === 'full') return last;
  return recordCheck(library.folder, 'quick', {
    ...{ database, runs: ids.length, damaged, withoutRecord },
    ...{ checkpoints: 0, damagedCheckpoints: [] },
  });
}
