// Points of a series packed into rows of `chunks`. An append adds a small chunk and merges
// it with its predecessors as long as they aren't larger, like carrying in a binary counter: a point is
// rewritten about log2(points per chunk / points per append) times, never once per append.
import { crc32 } from 'node:zlib';
import { failure } from '../../shared/errors.ts';
import { indexAt } from '../../shared/index-at.ts';
import type { Row, Session } from './connection.ts';
import {
  pack,
  slice,
  unpack,
  unpackValues,
  type PackedPoints,
  type PackedValues,
  type SeriesPoints,
  type SeriesValues,
} from './series-points.ts';

/** A series by its row number, with its numbers per point. */
export interface ChunkedSeries {
  readonly series: number;
  readonly width: number;
}

/** Few rows to read for a long series; a point is rewritten about thirteen times until its chunk is full. */
const maxPointsPerChunk = 8192;
/** Keeps wide series, one number for each of hundreds of blocks, from making huge rows. */
const maxBytesPerChunk = 512 * 1024;

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
    pending = unpack([last.points, pack(pending)]);
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
    `SELECT ${VALUES}, elapsed_sum, elapsed FROM chunks
     WHERE series = ? AND last_step >= ? AND first_step <= ? ORDER BY first_step`,
    [series, fromStep, toStep],
  );
  const points = unpack(rows.map(toPoints));
  const from = indexAt(points.steps, fromStep);
  const to = indexAt(points.steps, toStep + 1);
  const isWhole = from === 0 && to === points.steps.length;
  return isWhole ? points : slice(points, width, from, to);
}

/** All of them without their times, which costs a third of the bytes, or less. */
export function readValues(session: Session, { series }: ChunkedSeries): SeriesValues {
  const rows = session.all(`SELECT ${VALUES} FROM chunks WHERE series = ? ORDER BY first_step`, [
    series,
  ]);
  return unpackValues(rows.map(toValues));
}

/** Removes what comes after `step`, rewriting at most one chunk. */
export function cutAfter(session: Session, { series, width }: ChunkedSeries, step: number): void {
  const border = session.first(
    `SELECT ${VALUES}, elapsed_sum, elapsed FROM chunks
     WHERE series = ? AND first_step <= ? AND last_step > ?`,
    [series, step, step],
  );
  session.run('DELETE FROM chunks WHERE series = ? AND last_step > ?', [series, step]);
  if (border === undefined) return;
  const points = unpack([toPoints(border)]);
  const kept = slice(points, width, 0, indexAt(points.steps, step + 1));
  insertChunk(session, series, kept);
}

function chunkLimit(width: number): number {
  const bytesPerPoint = 4 + 8 + 4 * width;
  return Math.max(1, Math.min(maxPointsPerChunk, Math.floor(maxBytesPerChunk / bytesPerPoint)));
}

/** The last chunk if it has at most `maxPoints`; a larger one isn't even loaded. */
function lastChunkUpTo(
  session: Session,
  series: number,
  maxPoints: number,
): { readonly chunk: number; readonly points: PackedPoints } | undefined {
  const last = session.first(
    `SELECT chunk, point_count FROM chunks WHERE series = ? ORDER BY first_step DESC LIMIT 1`,
    [series],
  );
  if (last === undefined || Number(last['point_count']) > maxPoints) return undefined;
  const chunk = Number(last['chunk']);
  const row = session.first(`SELECT ${VALUES}, elapsed_sum, elapsed FROM chunks WHERE chunk = ?`, [
    chunk,
  ]);
  return row === undefined ? undefined : { chunk, points: toPoints(row) };
}

/** In the order they lie in a row: what comes after them is not read from the disk. */
const VALUES = 'chunk, first_step, last_step, point_count, points_sum, steps_sum, points, steps';

/** @throws failure `series-damaged` if a bit of it is not what was written */
function toValues(row: Row): PackedValues {
  const values = {
    firstStep: Number(row['first_step']),
    lastStep: Number(row['last_step']),
    count: Number(row['point_count']),
    points: bytesIn(row, 'points'),
    steps: row['steps'] === null ? null : bytesIn(row, 'steps'),
  };
  if (row['points_sum'] !== sumOfPoints(values)) throw damaged(row);
  if (row['steps_sum'] !== sumOf(values.steps)) throw damaged(row);
  return values;
}

/** @throws failure `series-damaged` */
function toPoints(row: Row): PackedPoints {
  const elapsed = bytesIn(row, 'elapsed');
  if (row['elapsed_sum'] !== sumOf(elapsed)) throw damaged(row);
  return { ...toValues(row), elapsed };
}

function bytesIn(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw damaged(row);
}

function damaged(row: Row): Error {
  return failure(
    'series-damaged',
    `A part of the series is damaged on the disk: steps ${String(row['first_step'])} to ${String(row['last_step'])} do not have the checksum that they were written with. Other runs are not affected. \`resnet-lab library restore\` goes back to a backup.`,
    { details: { chunk: row['chunk'] } },
  );
}

/** CRC-32, with the place in the series: a row that stands for other steps is no less wrong. */
function sumOfPoints({ points, firstStep, lastStep, count }: PackedValues): number {
  place[0] = firstStep;
  place[1] = lastStep;
  place[2] = count;
  return crc32(points, crc32(placeBytes));
}

/** Of one chunk after the other: a buffer for each would cost more than its sum. */
const place = new Int32Array(3);
const placeBytes = new Uint8Array(place.buffer);

function sumOf(bytes: Uint8Array | null): number {
  return bytes === null ? 0 : crc32(bytes);
}

function insertChunk(session: Session, series: number, points: SeriesPoints): void {
  const packed = pack(points);
  const { firstStep, lastStep, count, steps, elapsed } = packed;
  session.insert(
    `INSERT INTO chunks (series, first_step, last_step, point_count, points_sum, steps_sum,
       elapsed_sum, points, steps, elapsed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      ...[series, firstStep, lastStep, count],
      ...[sumOfPoints(packed), sumOf(steps), sumOf(elapsed)],
      ...[packed.points, steps, elapsed],
    ],
  );
}
