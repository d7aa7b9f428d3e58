// Datasets: what has been opened before, by fingerprint. `facts` holds shape, classes, counts and
// problems as one document, because they are always read together and never searched.
import type { Migration } from '../migration.ts';

export const datasetsMigration: Migration = {
  version: 3,
  name: 'datasets',
  statements: `
    CREATE TABLE datasets (
      fingerprint TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      source TEXT NOT NULL,
      facts TEXT NOT NULL,
      first_opened_at TEXT NOT NULL,
      last_opened_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX datasets_by_use ON datasets (last_opened_at);
  `,
};
