// The library itself: whether it is sound, and copies of its database. Restoring needs a closed app and is the
// command line's.
import { z } from 'zod';
import { command, query, subscription } from '../../rpc/definition.ts';
import { Nothing, Progress } from './common.ts';

const Damage = z.object({ id: z.string(), problem: z.string() });

export const LibraryFindings = z.object({
  /** What SQLite finds wrong; empty when it is sound. */
  database: z.array(z.string()),
  runs: z.int(),
  /** Runs of which the record or a series can't be read. */
  damaged: z.array(Damage),
  /** Folders in `runs/` that no run of the library has. */
  withoutRecord: z.array(z.string()),
  /** Checkpoint files that were read. */
  checkpoints: z.int(),
  damagedCheckpoints: z.array(Damage),
});

export const LibraryCheck = z.object({
  /** ISO 8601 in UTC. */
  at: z.string(),
  /** Quick: the database's structure and each run's record; full: also all series and checkpoints. */
  depth: z.enum(['quick', 'full']),
  isSound: z.boolean(),
  findings: LibraryFindings,
});

export const LibraryBackup = z.object({
  file: z.string(),
  at: z.string(),
  sizeBytes: z.number(),
});

export const library = {
  'library.state': query(
    Nothing,
    z.object({
      lastCheck: LibraryCheck.nullable(),
      /** Newest first. */
      backups: z.array(LibraryBackup),
    }),
  ),
  /** Reads everything. Progress until one `done`; ending the subscription cancels. */
  'library.check': subscription(
    Nothing,
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('progress'), progress: Progress }),
      z.object({ kind: z.literal('done'), check: LibraryCheck }),
    ]),
  ),
  /** Copies the database; fails with `library-corrupt` if it is damaged. Earlier backups stay then. */
  'library.backUp': command(Nothing, z.object({ backup: LibraryBackup })),
} as const;

export type LibraryBackup = z.output<typeof LibraryBackup>;
export type LibraryCheck = z.output<typeof LibraryCheck>;
export type LibraryFindings = z.output<typeof LibraryFindings>;
