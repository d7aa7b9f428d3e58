// Points of a series packed into rows of `chunks`. An append adds a small chunk and merges
// it with its predecessors as long as they aren't larger, like carrying in a binary counter: a point is
// rewritten about log2(points per chunk / points per append) times, never once per append.
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { failure } from '../../shared/errors.ts';
import { indexAt } from '../../shared/index-at.ts';
import type { Row, Session } from './connection.ts';
import { readRow } from './json-column.ts';
import { pack, slice, unpack, type PackedPoints, type SeriesPoints } from './series-points.ts';

/** A series by its row number, with its numbers per point. */
export interface ChunkedSeries {
  readonly series: number;
  readonly width: number;
}

const maxPointsPerChunk = 1024;
/** Keeps wide series, one number for each of hundreds of blocks, from making huge rows. */
const maxBytesPerChunk = 512 * 1024;

const chunkRow = z.object({
  chunk: z.number(),
  point_count: z.number(),
  steps: z.instanceof(Uint8Array),
  elapsed: z.instanceof(Uint8Array),
  points: z.instanceof(Uint8Array),
  checksum: z.number().nullable(),
});
type Chunk = z.infer<typeof chunkRow>;

/** `points` come after everything that is there. */
export function appendPoints(
  session: Session,
  { series, width }: ChunkedSeries,
  points: SeriesPoints,
): void {
  let pending = points;
  const limit = chunkLimit(width);
  // Carry: take back the last chunk while it isn't larger than what comes after it and both fit.
  for (;;) {
    const count = pending.steps.length;
    const last = lastChunkUpTo(session, series, Math.min(count, limit - count));
    if (last === undefined) break;
    pending = unpack([last, pack(pending)]);
    session.run(`DELETE FROM chunks WHERE chunk = ?`, [last.chunk]);
  }
  for (let from = 0; from < pending.steps.length; from += limit) {
    const to = Math.min(from + limit, pending.steps.length);
    insertChunk(session, series, slice(pending, width, from, to));
  }
}

/** Points with steps from `fromStep` to `toStep`, both included. */
export function readPoints(
  session: Session,
  { series, width }: ChunkedSeries,
  { fromStep = -Infinity, toStep = Infinity }: { fromStep?: number; toStep?: number } = {},
): SeriesPoints {
  const rows = session.all(
    `SELECT * FROM chunks WHERE series = ? AND last_step >= ? AND first_step <= ?
     ORDER BY first_step`,
    [series, fromStep, toStep],
  );
  const points = unpack(rows.map(toChunk));
  const from = indexAt(points.steps, fromStep);
  const to = indexAt(points.steps, toStep + 1);
  const isWhole = from === 0 && to === points.steps.length;
  return isWhole ? points : slice(points, width, from, to);
}

/** Removes what comes after `step`, rewriting at most one chunk. */
export function cutAfter(session: Session, { series, width }: ChunkedSeries, step: number): void {
  const border = session.first(
    'SELECT * FROM chunks WHERE series = ? AND first_step <= ? AND last_step > ?',
    [series, step, step],
  );
  session.run('DELETE FROM chunks WHERE series = ? AND last_step > ?', [series, step]);
  if (border === undefined) return;
  const points = unpack([toChunk(border)]);
  const kept = slice(points, width, 0, indexAt(points.steps, step + 1));
  insertChunk(session, series, kept);
}

function chunkLimit(width: number): number {
  const bytesPerPoint = 4 + 8 + 4 * width;
  return Math.max(1, Math.min(maxPointsPerChunk, Math.floor(maxBytesPerChunk / bytesPerPoint)));
}

/** The last chunk if it has at most `maxPoints`; a larger one isn't even loaded. */
function lastChunkUpTo(session: Session, series: number, maxPoints: number): Chunk | undefined {
  const last = session.first(
    `SELECT chunk, point_count FROM chunks WHERE series = ? ORDER BY first_step DESC LIMIT 1`,
    [series],
  );
  if (last === undefined || Number(last['point_count']) > maxPoints) return undefined;
  const row = session.first(`SELECT * FROM chunks WHERE chunk = ?`, [Number(last['chunk'])]);
  return row === undefined ? undefined : toChunk(row);
}

/** @throws failure `series-damaged` if a bit of it is not what was written */
function toChunk(row: Row): Chunk {
  const chunk = readRow(row, chunkRow, 'chunks');
  if (chunk.checksum === null || chunk.checksum === checksumOf(chunk)) return chunk;
  throw failure(
    'series-damaged',
    `A part of the series is damaged on the disk: steps ${String(row['first_step'])} to ${String(row['last_step'])} do not have the checksum that they were written with. Other runs are not affected. \`resnet-lab library restore\` goes back to a backup.`,
    { details: { chunk: chunk.chunk } },
  );
}

function checksumOf({ steps, elapsed, points }: PackedPoints): number {
  return crc32(points, crc32(elapsed, crc32(steps)));
}

function insertChunk(session: Session, series: number, points: SeriesPoints): void {
  const packed = pack(points);
  session.insert(
    `INSERT INTO chunks (series, first_step, last_step, point_count, steps, elapsed, points,
       checksum)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      ...[series, points.steps[0] ?? 0, points.steps.at(-1) ?? 0, points.steps.length],
      ...[packed.steps, packed.elapsed, packed.points, checksumOf(packed)],
    ],
  );
}
