// Chunks are read by column. Values come first in a row and each column has a checksum of its own, so a
// chart over steps reads the values alone: a quarter of the bytes. Steps that follow each other without a
// gap are said by the first and the last. All rows are written anew, once. A chunk that is damaged keeps
// sums that nothing has, so it is named whenever it is read; one of before checksums gets its first.
import { crc32 } from 'node:zlib';
import type { Row, Session } from '../connection.ts';
import type { Migration } from '../migration.ts';

export const chunkColumnsMigration: Migration = {
  version: 18,
  name: 'chunk-columns',
  statements: `
    CREATE TABLE chunks_by_column (
      chunk INTEGER PRIMARY KEY,
      series INTEGER NOT NULL REFERENCES series (series) ON DELETE CASCADE,
      first_step INTEGER NOT NULL,
      last_step INTEGER NOT NULL,
      point_count INTEGER NOT NULL,
      points_sum INTEGER NOT NULL,
      steps_sum INTEGER NOT NULL,
      elapsed_sum INTEGER NOT NULL,
      points BLOB NOT NULL,
      steps BLOB,
      elapsed BLOB NOT NULL
    ) STRICT;
  `,
  change: (session) => {
    for (const { chunk } of session.all('SELECT chunk FROM chunks ORDER BY series, first_step')) {
      const row = session.first('SELECT * FROM chunks WHERE chunk = ?', [Number(chunk)]);
      if (row !== undefined) rewrite(session, row);
    }
    session.exec(`
      DROP TABLE chunks;
      ALTER TABLE chunks_by_column RENAME TO chunks;
      CREATE UNIQUE INDEX chunks_in_order ON chunks (series, first_step, last_step, point_count);
    `);
  },
};

/** No CRC-32 is negative. */
const DAMAGED = [-1, -1, -1];

function rewrite(session: Session, row: Row): void {
  const [steps, elapsed, points] = [row['steps'], row['elapsed'], row['points']].map(bytesOf);
  const [chunk, series, first, last, count] = [
    ...[row['chunk'], row['series'], row['first_step'], row['last_step'], row['point_count']],
  ].map(Number);
  if (!steps || !elapsed || !points) throw new Error('A chunk has three columns of bytes.');
  const known = row['checksum'];
  const isWhole = known === null || Number(known) === crc32(points, crc32(elapsed, crc32(steps)));
  const hasEveryStep = isWhole && Number(last) - Number(first) + 1 === count;
  const place = new Uint8Array(12);
  [first, last, count].forEach((number, i) =>
    new DataView(place.buffer).setInt32(4 * i, Number(number), true),
  );
  const stored = hasEveryStep ? null : steps;
  const sums = isWhole
    ? [crc32(points, crc32(place)), stored === null ? 0 : crc32(stored), crc32(elapsed)]
    : DAMAGED;
  session.run(
    `INSERT INTO chunks_by_column (chunk, series, first_step, last_step, point_count,
       points_sum, steps_sum, elapsed_sum, points, steps, elapsed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [...[chunk, series, first, last, count].map(Number), ...sums, points, stored, elapsed],
  );
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error('A chunk of points is not made of bytes.');
}
