// The series repository: named metrics of a run over its steps, scalars or one number per block.
// Points are packed into chunks. An append adds a small chunk and merges it with its predecessors as
// long as they aren't larger, like carrying in a binary counter: a point is rewritten about
// log2(points per chunk / points per append) times, never once per append.
import { z } from 'zod';
import { failure } from '../../shared/errors.ts';
import type { Connection, Row, Session } from './connection.ts';
import { readJsonAs, readRow, writeJson } from './json-column.ts';
import { indexOfStep, pack, slice, unpack, type SeriesPoints } from './series-points.ts';

export interface SeriesInfo {
  readonly name: string;
  /** Numbers per point: 1 for a scalar. */
  readonly width: number;
  /** One per component, e.g. block names; empty for a scalar. */
  readonly labels: readonly string[];
  readonly unit: string;
  readonly pointCount: number;
  readonly lastStep: number;
}

export interface Series extends SeriesPoints {
  readonly name: string;
  readonly width: number;
  readonly labels: readonly string[];
  readonly unit: string;
}

/** Points to add to one series; the first batch defines it, later ones must agree. */
export interface SeriesBatch extends SeriesPoints {
  readonly name: string;
  readonly labels?: readonly string[];
  readonly unit?: string;
}

export interface StepRange {
  /** Inclusive. */
  readonly fromStep?: number;
  /** Inclusive. */
  readonly toStep?: number;
}

export interface SeriesReader {
  list(runId: string): readonly SeriesInfo[];
  /** Undefined if the run has no such series. */
  read(runId: string, name: string, range?: StepRange): Series | undefined;
  /** Several at one moment, in the order of their names; all of the run's without `names`. */
  readAll(runId: string, names?: readonly string[], range?: StepRange): readonly Series[];
}

export interface SeriesWriter {
  /** All batches or none; durable when it returns. Steps must go on after the last one. */
  append(runId: string, batches: readonly SeriesBatch[]): void;
  /** Removes every point after `step`, in all series of the run, before it goes on from there. */
  truncateAfter(runId: string, step: number): void;
}

const maxPointsPerChunk = 1024;
/** Keeps wide series, one number for each of hundreds of blocks, from making huge rows. */
const maxBytesPerChunk = 512 * 1024;

export function createSeriesReader(connection: Connection): SeriesReader {
  return {
    list: (runId) =>
      connection.read((session) =>
        seriesOf(session, runId).map(({ name, width, labels, unit, pointCount, lastStep }) => ({
          ...{ name, width, labels, unit, pointCount, lastStep },
        })),
      ),
    read: (runId, name, range = {}) =>
      connection.read((session) => {
        const stored = seriesNamed(session, runNumber(session, runId), name);
        return stored === undefined ? undefined : readPoints(session, stored, range);
      }),
    readAll: (runId, names, range = {}) =>
      connection.read((session) =>
        seriesOf(session, runId)
          .filter((stored) => names === undefined || names.includes(stored.name))
          .map((stored) => readPoints(session, stored, range)),
      ),
  };
}

export function createSeriesWriter(connection: Connection): SeriesWriter {
  return {
    append: (runId, batches) => {
      for (const batch of batches) assertConsistent(batch);
      connection.write((session) => {
        const run = runNumber(session, runId);
        for (const batch of batches) if (batch.steps.length > 0) appendBatch(session, run, batch);
      });
    },
    truncateAfter: (runId, step) => {
      connection.write((session) => {
        for (const stored of seriesOf(session, runId)) {
          if (stored.lastStep > step) truncate(session, stored, step);
        }
      });
    },
  };
}

interface StoredSeries extends SeriesInfo {
  readonly series: number;
}

const seriesRow = z.object({
  series: z.number(),
  name: z.string(),
  width: z.number().int().positive(),
  unit: z.string(),
  point_count: z.number(),
  last_step: z.number(),
});
const labelList = z.array(z.string());

const chunkRow = z.object({
  chunk: z.number(),
  point_count: z.number(),
  steps: z.instanceof(Uint8Array),
  elapsed: z.instanceof(Uint8Array),
  points: z.instanceof(Uint8Array),
});
type Chunk = z.infer<typeof chunkRow>;

function toStored(row: Row): StoredSeries {
  const { series, name, width, unit, point_count, last_step } = readRow(row, seriesRow, 'series');
  const labels = readJsonAs(row, 'labels', labelList);
  return { series, name, width, labels, unit, pointCount: point_count, lastStep: last_step };
}

function seriesOf(session: Session, runId: string): StoredSeries[] {
  const run = runNumber(session, runId);
  return session.all('SELECT * FROM series WHERE run = ? ORDER BY name', [run]).map(toStored);
}

function seriesNamed(session: Session, run: number, name: string): StoredSeries | undefined {
  const row = session.first('SELECT * FROM series WHERE run = ? AND name = ?', [run, name]);
  return row === undefined ? undefined : toStored(row);
}

function runNumber(session: Session, runId: string): number {
  const row = session.first('SELECT run FROM runs WHERE id = ?', [runId]);
  if (row === undefined) {
    throw failure(
      'no-such-run',
      `There is no run "${runId}" in this library; it may have been removed meanwhile.`,
      { details: { given: runId } },
    );
  }
  return Number(row['run']);
}

function appendBatch(session: Session, run: number, batch: SeriesBatch): void {
  const stored = seriesNamed(session, run, batch.name) ?? defineSeries(session, run, batch);
  assertContinues(stored, batch);
  let pending: SeriesPoints = batch;
  const limit = chunkLimit(stored.width);
  // Carry: take back the last chunk while it isn't larger than what comes after it and both fit.
  for (;;) {
    const count = pending.steps.length;
    const last = lastChunkUpTo(session, stored.series, Math.min(count, limit - count));
    if (last === undefined) break;
    pending = unpack([last, pack(pending)]);
    session.run('DELETE FROM chunks WHERE chunk = ?', [last.chunk]);
  }
  for (let from = 0; from < pending.steps.length; from += limit) {
    const to = Math.min(from + limit, pending.steps.length);
    insertChunk(session, stored.series, slice(pending, stored.width, from, to));
  }
  session.run('UPDATE series SET point_count = point_count + ?, last_step = ? WHERE series = ?', [
    batch.steps.length,
    batch.steps.at(-1) ?? stored.lastStep,
    stored.series,
  ]);
}

function chunkLimit(width: number): number {
  const bytesPerPoint = 4 + 8 + 4 * width;
  return Math.max(1, Math.min(maxPointsPerChunk, Math.floor(maxBytesPerChunk / bytesPerPoint)));
}

function widthOf(batch: SeriesBatch): number {
  return batch.values.length / batch.steps.length;
}

function defineSeries(session: Session, run: number, batch: SeriesBatch): StoredSeries {
  const labels = batch.labels ?? [];
  const unit = batch.unit ?? '';
  const width = widthOf(batch);
  // No step is below this one, so the first point may have any step.
  const lastStep = -(2 ** 31) - 1;
  const series = session.insert(
    `INSERT INTO series (run, name, width, labels, unit, point_count, last_step)
     VALUES (?, ?, ?, ?, ?, 0, ?)`,
    [run, batch.name, width, writeJson(labels), unit, lastStep],
  );
  return { series, name: batch.name, width, labels, unit, pointCount: 0, lastStep };
}

/** The last chunk if it has at most `maxPoints`; a larger one isn't even loaded. */
function lastChunkUpTo(session: Session, series: number, maxPoints: number): Chunk | undefined {
  const last = session.first(
    'SELECT chunk, point_count FROM chunks WHERE series = ? ORDER BY first_step DESC LIMIT 1',
    [series],
  );
  if (last === undefined || Number(last['point_count']) > maxPoints) return undefined;
  const row = session.first('SELECT * FROM chunks WHERE chunk = ?', [Number(last['chunk'])]);
  return row === undefined ? undefined : readRow(row, chunkRow, 'chunks');
}

function insertChunk(session: Session, series: number, points: SeriesPoints): void {
  const packed = pack(points);
  session.insert(
    `INSERT INTO chunks (series, first_step, last_step, point_count, steps, elapsed, points)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [
      ...[series, points.steps[0] ?? 0, points.steps.at(-1) ?? 0, points.steps.length],
      ...[packed.steps, packed.elapsed, packed.points],
    ],
  );
}

function readPoints(session: Session, stored: StoredSeries, range: StepRange): Series {
  const { name, width, labels, unit } = stored;
  const { fromStep = -Infinity, toStep = Infinity } = range;
  const rows = session.all(
    `SELECT * FROM chunks WHERE series = ? AND last_step >= ? AND first_step <= ?
     ORDER BY first_step`,
    [stored.series, fromStep, toStep],
  );
  const points = unpack(rows.map((row) => readRow(row, chunkRow, 'chunks')));
  const from = indexOfStep(points.steps, fromStep);
  const to = indexOfStep(points.steps, toStep + 1);
  const isWhole = from === 0 && to === points.steps.length;
  return { name, width, labels, unit, ...(isWhole ? points : slice(points, width, from, to)) };
}

function truncate(session: Session, stored: StoredSeries, step: number): void {
  const { series, width } = stored;
  const border = session.first(
    'SELECT * FROM chunks WHERE series = ? AND first_step <= ? AND last_step > ?',
    [series, step, step],
  );
  session.run('DELETE FROM chunks WHERE series = ? AND last_step > ?', [series, step]);
  if (border !== undefined) {
    const points = unpack([readRow(border, chunkRow, 'chunks')]);
    insertChunk(session, series, slice(points, width, 0, indexOfStep(points.steps, step + 1)));
  }
  const left = session.first(
    'SELECT sum(point_count) AS points, max(last_step) AS last FROM chunks WHERE series = ?',
    [series],
  );
  // A series without points is as if it had never been recorded, so that it can be defined anew.
  if (typeof left?.['points'] !== 'number')
    session.run('DELETE FROM series WHERE series = ?', [series]);
  else {
    session.run('UPDATE series SET point_count = ?, last_step = ? WHERE series = ?', [
      ...[left['points'], Number(left['last']), series],
    ]);
  }
}

function assertConsistent(batch: SeriesBatch): void {
  const { name, steps, elapsedMs, values, labels = [] } = batch;
  const count = steps.length;
  const width = values.length / Math.max(1, count);
  if (elapsedMs.length !== count || !Number.isInteger(width) || (count > 0 && width === 0)) {
    throw failure(
      'series-shape',
      `The series "${name}" was given ${count} steps, ${elapsedMs.length} times and ` +
        `${values.length} values; they don't belong together. Please report this.`,
    );
  }
  if (labels.length > 0 && count > 0 && labels.length !== width) {
    throw failure(
      'series-shape',
      `The series "${name}" has ${width} numbers per point but ${labels.length} labels. Please report this.`,
    );
  }
  for (let i = 1; i < count; i++) {
    if ((steps[i] ?? 0) <= (steps[i - 1] ?? 0)) throw outOfOrder(name, steps[i], steps[i - 1]);
  }
}

function assertContinues(stored: StoredSeries, batch: SeriesBatch): void {
  const width = widthOf(batch);
  const labels = batch.labels ?? stored.labels;
  if (width !== stored.width || labels.join('\n') !== stored.labels.join('\n')) {
    throw failure(
      'series-shape',
      `The series "${stored.name}" has ${stored.width} numbers per point (${stored.labels.join(', ')}), ` +
        `but ${width} (${labels.join(', ')}) were given. Please report this.`,
    );
  }
  const first = batch.steps[0] ?? 0;
  if (first <= stored.lastStep) throw outOfOrder(stored.name, first, stored.lastStep);
}

function outOfOrder(name: string, step: number | undefined, last: number | undefined): Error {
  return failure(
    'series-order',
    `The series "${name}" already has step ${last ?? 0}, so step ${step ?? 0} can't be added. ` +
      'Is the same run being trained twice? Stop one of them.',
    { details: { name, step, last } },
  );
}
