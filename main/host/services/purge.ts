// Removes deleted runs for good: when somebody empties the trash, and by itself what was deleted long
// enough ago.
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { hasErrorCode } from '../../../shared/errors.ts';
import type { RunFailure } from '../../../shared/contract/app/runs.ts';
import type { Library } from '../../store/library.ts';
import type { RunSummary } from '../../store/run-record.ts';
import { onEachInTurn } from '../scheduling/on-each.ts';

/** So long a deleted run stays in the trash. */
export const TRASH_DAYS = 7;

const keptMs = TRASH_DAYS * 24 * 3600 * 1000;

/** A run whose files can't be removed stays deleted, and is tried again the next time. */
export function purgeExpired(library: Library, onError: (error: unknown) => void): void {
  library.reports.purge(new Date(Date.now() - keptMs).toISOString());
  for (const { id, deletedAt } of library.runs.list({ deleted: true }).runs) {
    if (deletedAt === null || Date.now() - Date.parse(deletedAt) < keptMs) continue;
    try {
      library.runs.purge(id);
    } catch (error) {
      onError(error);
    }
  }
}

export interface TrashEntry {
  readonly run: RunSummary;
  /** What its files take on the disk. */
  readonly sizeBytes: number;
}

/** The deleted runs, what was deleted last first. */
export async function listTrash(library: Library): Promise<TrashEntry[]> {
  const deleted = library.runs
    .list({ deleted: true })
    .runs.toSorted((a, b) => (b.deletedAt ?? '').localeCompare(a.deletedAt ?? ''));
  const entries: TrashEntry[] = [];
  for (const run of deleted) {
    entries.push({ run, sizeBytes: await folderSize(library.runFolder(run.id)) });
  }
  return entries;
}

export interface Purged {
  readonly ids: readonly string[];
  readonly failed: RunFailure[];
  /** What the files took that are gone. */
  readonly freedBytes: number;
}

/** Removes what can be removed and names the runs that can't be. */
export async function purgeRuns(library: Library, wanted: readonly string[]): Promise<Purged> {
  const ids: string[] = [];
  let freedBytes = 0;
  const nameOf = (id: string): string => library.runs.find(id)?.name ?? id;
  const failed = await onEachInTurn(wanted, nameOf, async (id) => {
    const sizeBytes = await folderSize(library.runFolder(id));
    library.runs.purge(id);
    ids.push(id);
    freedBytes += sizeBytes;
  });
  return { ids, failed, freedBytes };
}

/** Bytes of all files in a folder; 0 if there is none. */
async function folderSize(folder: string): Promise<number> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    const files = entries.filter((entry) => !entry.isDirectory());
    const sizes = await Promise.all(
      files.map(async ({ parentPath, name }) => (await lstat(path.join(parentPath, name))).size),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch (error) {
    // Never made, or removed by another process meanwhile.
    if (hasErrorCode(error, 'ENOENT')) return 0;
    throw error;
  }
}
