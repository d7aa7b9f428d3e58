// How often in a row a run was put back into the queue because its process had died, without getting
// further than before. Runs in a queue from before this have been put back once at most.
import type { Migration } from '../migration.ts';

export const recoveriesMigration: Migration = {
  version: 11,
  name: 'recoveries',
  statements: 'ALTER TABLE queue ADD COLUMN recoveries INTEGER NOT NULL DEFAULT 0;',
};
