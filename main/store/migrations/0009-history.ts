// What was done to a run besides training it through, as a JSON list (shared/contract/run-history). NULL
// for runs from before this was kept.
import type { Migration } from '../migration.ts';

export const historyMigration: Migration = {
  version: 9,
  name: 'history',
  statements: 'ALTER TABLE runs ADD COLUMN history TEXT;',
};
