// All of a library: the database's structure, each run's record, series and checkpoints. Run by run, telling how
// far it is. Changes nothing. SQLite looks at the structure in one call, so it is for a process of its own.
import { setImmediate as nextTurn } from 'node:timers/promises';
import path from 'node:path';
import type { Progress } from '../../../shared/contract/app/common.ts';
import type { LibraryFindings } from '../../../shared/contract/app/library.ts';
import { AppError } from '../../../shared/errors.ts';
import { checkLibraryByRun } from '../../store/check-library.ts';
import { checkDatabase } from '../../store/connection.ts';
import { openLibrary, type Library } from '../../store/library.ts';
import { checkCheckpoints } from '../check-checkpoints.ts';

/** Of the whole, by guess: series are in one file, checkpoints are larger. */
const SERIES_SHARE = 0.3;

export interface CheckWatch {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (progress: Progress) => void;
}

/** As `checkWhole`, of a library that nobody here has open. */
export async function checkFolder(home: string, watch: CheckWatch): Promise<LibraryFindings> {
  watch.onProgress({ message: 'Reading the database' });
  let library: Library;
  try {
    library = openLibrary(home);
  } catch (error) {
    // Too damaged to be opened: what SQLite says is all that can be said.
    const database = checkDatabase(path.join(home, 'library.db'), 'full');
    if (!(error instanceof AppError) || database.length === 0) throw error;
    const none = { damaged: [], withoutRecord: [], damagedCheckpoints: [] };
    return { database: [...database], runs: 0, checkpoints: 0, ...none };
  }
  try {
    return await checkWhole(library, watch);
  } finally {
    library.close();
  }
}

/** @throws the signal's reason, between two runs */
export async function checkWhole(
  library: Library,
  { signal, onProgress }: CheckWatch,
): Promise<LibraryFindings> {
  const startedMs = performance.now();
  const tell = (message: string, fraction: number): void => {
    const spentMs = performance.now() - startedMs;
    const remainingMs = fraction > 0.02 ? (spentMs / fraction) * (1 - fraction) : undefined;
    onProgress({ message, fraction, ...(remainingMs === undefined ? {} : { remainingMs }) });
  };
  onProgress({ message: 'Reading the database' });
  await nextTurn();
  signal?.throwIfAborted();
  const parts = checkLibraryByRun(library);
  let part = parts.next();
  while (part.done !== true) {
    const { done, all } = part.value;
    tell(`Reading the series: run ${done + 1} of ${all}`, (SERIES_SHARE * done) / all);
    await nextTurn();
    signal?.throwIfAborted();
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
  const { database, damaged, withoutRecord, runs } = part.value;
  return {
    ...{ database: [...database], runs, withoutRecord: [...withoutRecord] },
    damaged: damaged.map((one) => ({ ...one })),
    checkpoints: checkpoints.checkpoints,
    damagedCheckpoints: checkpoints.damagedCheckpoints.map((one) => ({ ...one })),
  };
}
