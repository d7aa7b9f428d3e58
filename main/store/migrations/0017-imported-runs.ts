// Where a run comes from whose curves were read from another tracker's file. NULL: trained by this program.
import type { Migration } from '../migration.ts';

export const importedRunsMigration: Migration = {
  version: 17,
  name: 'imported-runs',
  statements: 'ALTER TABLE runs ADD COLUMN imported TEXT;',
};
