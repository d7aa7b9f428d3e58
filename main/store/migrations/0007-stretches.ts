// When a run trained: a JSON list with the training time and the wall clock at each start, so that
// pauses have their place on a clock. NULL for runs from before this: they are shown without pauses.
import type { Migration } from '../migration.ts';

export const stretchesMigration: Migration = {
  version: 7,
  name: 'stretches',
  statements: 'ALTER TABLE runs ADD COLUMN stretches TEXT;',
};
