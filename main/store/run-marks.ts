// A cheap look at what has changed, by whichever process: for each run a text that differs after every
// change that others can see. Reads no documents.
import type { Connection } from './connection.ts';
import { livenessOf } from '../system/process-identity.ts';

export interface RunMark {
  readonly id: string;
  readonly mark: string;
  readonly step: number;
  readonly isDeleted: boolean;
  /** A living process trains it. */
  readonly isOwned: boolean;
}

export function readRunMarks(connection: Connection): readonly RunMark[] {
  return connection.read((session) =>
    session
      .all(
        `SELECT id, step, owner, updated_at, deleted_at, status, queue.device
           FROM runs LEFT JOIN queue ON queue.run = runs.run`,
      )
      .map((row) => {
        const owner = row['owner'];
        const isOwned = typeof owner === 'string' && livenessOf(owner) !== 'gone';
        const parts = ['updated_at', 'deleted_at', 'status', 'device'].map((column) =>
          String(row[column] ?? ''),
        );
        return {
          id: String(row['id']),
          step: Number(row['step']),
          isOwned,
          isDeleted: row['deleted_at'] !== null,
          mark: [...parts, isOwned].join(' '),
        };
      }),
  );
}
