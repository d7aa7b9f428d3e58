// What the app keeps besides runs and data: the queue, settings and presets. A run in `queue` waits
// while `device` is null, and else is trained there by the run's owner. A run that the command line
// trains is never in it.
import type { Migration } from '../migration.ts';

export const appMigration: Migration = {
  version: 4,
  name: 'app',
  statements: `
    CREATE TABLE queue (
      run INTEGER PRIMARY KEY REFERENCES runs (run) ON DELETE CASCADE,
      place INTEGER NOT NULL,
      device TEXT,
      wish TEXT CHECK (wish IN ('pause', 'stop', 'cancel')),
      recovered_at_step INTEGER
    ) STRICT;
    CREATE INDEX queue_in_order ON queue (place);
    CREATE TABLE settings (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE presets (
      name TEXT PRIMARY KEY,
      spec TEXT NOT NULL,
      saved_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
