// What another process asks of the one that trains a run outside the queue, such as a terminal: pause,
// stop or cancel. NULL: nothing.
import type { Migration } from '../migration.ts';

export const runWishesMigration: Migration = {
  version: 15,
  name: 'run-wishes',
  statements: 'ALTER TABLE runs ADD COLUMN wish TEXT;',
};
