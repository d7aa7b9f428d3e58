// Looks at everything a library holds and names what is damaged, run by run. Changes nothing.
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

export function checkLibrary(library: Library): LibraryFindings {
  const database = checkDatabase(path.join(library.folder, 'library.db'), 'full');
  const page = library.runs.list();
  const deleted = library.runs.list({ deleted: true });
  const ids = [...page.runs, ...deleted.runs].map(({ id }) => id);
  const damaged = [...page.damaged, ...deleted.damaged].map((id) => ({
    id,
    problem: 'its record can not be read',
  }));
  for (const id of ids) {
    try {
      library.series.readAll(id);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      damaged.push({ id, problem: error.message });
    }
  }
  const known = new Set([...ids, ...damaged.map(({ id }) => id)]);
  const withoutRecord = runFolders(library.folder).filter((name) => !known.has(name));
  return { database, runs: ids.length, damaged, withoutRecord };
}
