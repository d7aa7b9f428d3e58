// Series: metrics over steps. Points are packed into chunks of little-endian numbers: `steps` int32,
// `elapsed` float64 milliseconds, `points` float32 with `width` numbers per point.
import type { Migration } from '../migration.ts';

export const seriesMigration: Migration = {
  version: 2,
  name: 'series',
  statements: `
    CREATE TABLE series (
      series INTEGER PRIMARY KEY,
      run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
      name TEXT NOT NULL,
      width INTEGER NOT NULL,
      labels TEXT NOT NULL,
      unit TEXT NOT NULL,
      point_count INTEGER NOT NULL,
      last_step INTEGER NOT NULL,
      UNIQUE (run, name)
    ) STRICT;
    CREATE TABLE chunks (
      chunk INTEGER PRIMARY KEY,
      series INTEGER NOT NULL REFERENCES series (series) ON DELETE CASCADE,
      first_step INTEGER NOT NULL,
      last_step INTEGER NOT NULL,
      point_count INTEGER NOT NULL,
      steps BLOB NOT NULL,
      elapsed BLOB NOT NULL,
      points BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX chunks_in_order ON chunks (series, first_step, last_step, point_count);
  `,
};
