// Overviews go: curves are smoothed and averaged from all points, so nobody reads thinned ones any more.
import type { Migration } from '../migration.ts';

export const noOverviewsMigration: Migration = {
  version: 13,
  name: 'no-overviews',
  statements: `
    DROP TABLE overviews;
    ALTER TABLE series DROP COLUMN overview_points;
    ALTER TABLE series DROP COLUMN overview_step;
  `,
};
