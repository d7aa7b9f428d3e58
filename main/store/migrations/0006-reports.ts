// Reports: documents that people write about runs. What is in one is the report's own affair; deleting
// is undone within a week.
import type { Migration } from '../migration.ts';

export const reportsMigration: Migration = {
  version: 6,
  name: 'reports',
  statements: `
    CREATE TABLE reports (
      id TEXT PRIMARY KEY,
      document TEXT NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      deleted_at TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX reports_by_change ON reports (deleted_at, updated_at);
  `,
};
