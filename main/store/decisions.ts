// The repository of decisions about single files of datasets: left out, relabelled, looked at and right, or
// taken back. Whatever is decided is added; undoing takes the last batch away. The files themselves are never
// touched.
import { z } from 'zod';
import { CHOICE_KINDS } from '../../shared/contract/app/decisions.ts';
import type { Connection, Session } from './connection.ts';
import { readRow } from './json-column.ts';

export const DECISION_KINDS = [...CHOICE_KINDS, 'restore'] as const;
/** `relabel` has the class as its value; `restore` ends what was decided before. */
export type DecisionKind = (typeof DECISION_KINDS)[number];

export interface Decision {
  /** Those of one batch were decided at once. */
  readonly batch: number;
  /** As the dataset names it. */
  readonly file: string;
  readonly kind: DecisionKind;
  readonly value: string | null;
  /** The finding that it came from, or what was typed. */
  readonly reason: string;
  readonly decidedAt: string;
}

export interface NewDecisions {
  readonly files: readonly string[];
  readonly kind: DecisionKind;
  readonly value?: string | undefined;
  readonly reason: string;
}

export interface DecisionReader {
  /** All of a source, oldest first. */
  list(source: string): readonly Decision[];
}

export interface DecisionWriter {
  /** Adds all as one batch. */
  decide(source: string, ...decisions: readonly NewDecisions[]): void;
  /** Takes the last batch of a source away and returns it; empty if there is none. */
  undo(source: string): readonly Decision[];
  /** Of a dataset that lies elsewhere now. */
  move(from: string, to: string): void;
}

export function createDecisions(connection: Connection): DecisionReader & DecisionWriter {
  return {
    list: (source) => connection.read((session) => ofSource(session, source)),
    decide: (source, ...decisions) => {
      connection.write((session) => {
        const batch = lastBatch(session) + 1;
        const now = new Date().toISOString();
        for (const { files, kind, value = null, reason } of decisions) {
          for (const file of files) {
            session.run(
              `INSERT INTO decisions (batch, source, file, kind, value, reason, decided_at)
               VALUES (?, ?, ?, ?, ?, ?, ?)`,
              [batch, source, file, kind, value, reason, now],
            );
          }
        }
      });
    },
    undo: (source) =>
      connection.write((session) => {
        const all = ofSource(session, source);
        const batch = all.at(-1)?.batch;
        if (batch === undefined) return [];
        session.run('DELETE FROM decisions WHERE source = ? AND batch = ?', [source, batch]);
        return all.filter((decision) => decision.batch === batch);
      }),
    move: (from, to) => {
      connection.write((session) => {
        session.run('UPDATE decisions SET source = ? WHERE source = ?', [to, from]);
      });
    },
  };
}

function lastBatch(session: Session): number {
  return Number(session.first('SELECT MAX(batch) AS batch FROM decisions')?.['batch'] ?? 0);
}

const decisionRow = z.object({
  batch: z.int(),
  file: z.string(),
  kind: z.enum(DECISION_KINDS),
  value: z.string().nullable(),
  reason: z.string(),
  decided_at: z.string(),
});

function ofSource(session: Session, source: string): Decision[] {
  return session
    .all('SELECT * FROM decisions WHERE source = ? ORDER BY decision', [source])
    .map((row) => {
      const { decided_at: decidedAt, ...rest } = readRow(row, decisionRow, 'decisions');
      return { ...rest, decidedAt };
    });
}
