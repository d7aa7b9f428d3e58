// Looks at everything a library holds and names what is damaged, run by run. Changes nothing.
// Synchronous, as the database is: a host that has other things to do takes it run by run.
import path from 'node:path';
import { AppError } from '../../shared/errors.ts';
import { checkDatabase } from './connection.ts';
import type { Library } from './library.ts';
import { runFolders } from './run-folders.ts';

export interface LibraryFindings {
  /** What SQLite finds wrong; empty when it is sound. */
  readonly database: readonly string[];
  readonly runs: number;
  /** Runs of which something can't be read. */
  readonly damaged: readonly { readonly id: string; readonly problem: string }[];
  /** Folders in `runs/` that no run of the library has. */
  readonly withoutRecord: readonly string[];
}

/** How many runs were read, of how many. */
export interface CheckedRuns {
  readonly done: number;
  readonly all: number;
}

/** All at once. */
export function checkLibrary(library: Library): LibraryFindings {
  const parts = checkLibraryByRun(library);
  let part = parts.next();
  while (part.done !== true) part = parts.next();
  return part.value;
}

/** The same, and yields before each run. */
export function* checkLibraryByRun(library: Library): Generator<CheckedRuns, LibraryFindings> {
  const database = checkDatabase(path.join(library.folder, 'library.db'), 'full');
  const records = checkRecords(library, database);
  const damaged = [...records.damaged];
  for (const [done, id] of records.ids.entries()) {
    yield { done, all: records.ids.length };
    try {
      library.series.readAll(id);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      damaged.push({ id, problem: error.message });
    }
  }
  const { ids, withoutRecord } = records;
  return { database, runs: ids.length, damaged, withoutRecord };
}

export interface RecordFindings extends Omit<LibraryFindings, 'database' | 'runs'> {
  /** Runs whose records can be read, deleted ones included. */
  readonly ids: readonly string[];
}

/**
 * Each run's record; no series, and not the structure of the database. Where that is damaged (`database`, as
 * `checkDatabase` answers) and the list can't be read at all, nothing is known of records.
 */
export function checkRecords(library: Library, database: readonly string[]): RecordFindings {
  try {
    return readRecords(library);
  } catch (error) {
    if (!(error instanceof AppError) || database.length === 0) throw error;
    return { ids: [], damaged: [], withoutRecord: [] };
  }
}

function readRecords(library: Library): RecordFindings {
  const page = library.runs.list();
  const deleted = library.runs.list({ deleted: true });
  const ids = [...page.runs, ...deleted.runs].map(({ id }) => id);
  const damaged = [...page.damaged, ...deleted.damaged].map((id) => ({
    id,
    problem: 'its record can not be read',
  }));
  const known = new Set([...ids, ...damaged.map(({ id }) => id)]);
  const withoutRecord = runFolders(library.folder).filter((name) => !known.has(name));
  return { ids, damaged, withoutRecord };
}
