// Taking a decision back has a kind of its own: `keep` means that somebody looked at an image and found it right.
import type { Migration } from '../migration.ts';

export const restoreDecisionsMigration: Migration = {
  version: 20,
  name: 'restore-decisions',
  statements: `
    UPDATE decisions SET kind = 'restore' WHERE kind = 'keep' AND reason = 'restored';
  `,
};
