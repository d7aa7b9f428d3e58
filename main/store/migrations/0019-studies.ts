// Studies, and which run of the library stands for which of their planned runs. Measurements are files in
// the runs' folders; what a study found is computed from both.
import type { Migration } from '../migration.ts';

export const studiesMigration: Migration = {
  version: 19,
  name: 'studies',
  statements: `
    CREATE TABLE studies (
      study TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      setting TEXT NOT NULL,
      status TEXT NOT NULL,
      error TEXT,
      created_at TEXT NOT NULL,
      finished_at TEXT
    ) STRICT;
    CREATE TABLE study_runs (
      study TEXT NOT NULL REFERENCES studies (study) ON DELETE CASCADE,
      key TEXT NOT NULL,
      run TEXT NOT NULL,
      is_reused INTEGER NOT NULL,
      PRIMARY KEY (study, key)
    ) STRICT;
  `,
};
