// Decisions: what people decided about single files of a dataset. A log, the newest of a file counts; rows
// of one batch were decided at once and are undone at once. `value` is for kinds that need one.
import type { Migration } from '../migration.ts';

export const decisionsMigration: Migration = {
  version: 12,
  name: 'decisions',
  statements: `
    CREATE TABLE decisions (
      decision INTEGER PRIMARY KEY,
      batch INTEGER NOT NULL,
      source TEXT NOT NULL,
      file TEXT NOT NULL,
      kind TEXT NOT NULL,
      value TEXT,
      reason TEXT NOT NULL,
      decided_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX decisions_of_source ON decisions (source, decision);
  `,
};
