// Overviews: long scalar series thinned out as they grow, so that a chart of many long runs reads a
// fraction of them. `overview_points` of a series are covered, the last of them at `overview_step`; its
// overview is packed like its chunks. Series from before this get theirs when they next grow.
import type { Migration } from '../migration.ts';

export const overviewsMigration: Migration = {
  version: 8,
  name: 'overviews',
  statements: `
    ALTER TABLE series ADD COLUMN overview_points INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE series ADD COLUMN overview_step INTEGER;
    CREATE TABLE overviews (
      chunk INTEGER PRIMARY KEY,
      series INTEGER NOT NULL REFERENCES series (series) ON DELETE CASCADE,
      first_step INTEGER NOT NULL,
      last_step INTEGER NOT NULL,
      point_count INTEGER NOT NULL,
      steps BLOB NOT NULL,
      elapsed BLOB NOT NULL,
      points BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX overviews_in_order ON overviews (series, first_step, last_step, point_count);
  `,
};
