// Removes for good what was deleted long enough ago that nobody will undo it.
import type { Library } from '../../store/library.ts';

const undoableMs = 7 * 24 * 3600 * 1000;

/** A run whose files can't be removed stays deleted, and is tried again the next time. */
export function purgeDeleted(library: Library, onError: (error: unknown) => void): void {
  library.reports.purge(new Date(Date.now() - undoableMs).toISOString());
  for (const { id, deletedAt } of library.runs.list({ deleted: true }).runs) {
    if (deletedAt === null || Date.now() - Date.parse(deletedAt) < undoableMs) continue;
    try {
      library.runs.purge(id);
    } catch (error) {
      onError(error);
    }
  }
}
