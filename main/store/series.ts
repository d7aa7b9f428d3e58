// The series repository: named metrics of a run over its steps, scalars or one number per block. How
// points are packed is the affair of chunks.ts.
import { z } from 'zod';
import { failure } from '../../shared/errors.ts';
import { appendPoints, cutAfter, readPoints, readValues, type ChunkedSeries } from './chunks.ts';
import type { Connection, Row, Session } from './connection.ts';
import { readJsonAs, readRow, writeJson } from './json-column.ts';
import type { SeriesPoints, SeriesValues } from './series-points.ts';

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

export interface SeriesNames {
  readonly name: string;
  readonly width: number;
  readonly labels: readonly string[];
  readonly unit: string;
}

export interface Series extends SeriesNames, SeriesPoints {}

/** Without the times of its points. */
export interface UntimedSeries extends SeriesNames, SeriesValues {}

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
  /** All points without their times, which is quicker. */
  readUntimed(runId: string, name: string): UntimedSeries | undefined;
  /** Several at one moment, in the order of their names; all of the run's without `names`. */
  readAll(runId: string, names?: readonly string[], range?: StepRange): readonly Series[];
}

export interface SeriesWriter {
  /** All batches or none; durable when it returns. Steps must go on after the last one. */
  append(runId: string, batches: readonly SeriesBatch[]): void;
  /** Removes every point after `step`, in all series of the run, before it goes on from there. */
  truncateAfter(runId: string, step: number): void;
}

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
        return stored === undefined ? undefined : readSeries(session, stored, range);
      }),
    readUntimed: (runId, name) =>
      connection.read((session) => {
        const stored = seriesNamed(session, runNumber(session, runId), name);
        return stored && { ...namesOf(stored), ...readValues(session, stored) };
      }),
    readAll: (runId, names, range = {}) =>
      connection.read((session) =>
        seriesOf(session, runId)
          .filter((stored) => names === undefined || names.includes(stored.name))
          .map((stored) => readSeries(session, stored, range)),
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

interface StoredSeries extends SeriesInfo, ChunkedSeries {}

const seriesRow = z.object({
  series: z.number(),
  name: z.string(),
  width: z.number().int().positive(),
  unit: z.string(),
  point_count: z.number(),
  last_step: z.number(),
});
const labelList = z.array(z.string());

function toStored(row: Row): StoredSeries {
  const columns = readRow(row, seriesRow, 'series');
  return {
    series: columns.series,
    name: columns.name,
    width: columns.width,
    labels: readJsonAs(row, 'labels', labelList),
    unit: columns.unit,
    pointCount: columns.point_count,
    lastStep: columns.last_step,
  };
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
  appendPoints(session, stored, batch);
  session.run('UPDATE series SET point_count = point_count + ?, last_step = ? WHERE series = ?', [
    batch.steps.length,
    batch.steps.at(-1) ?? stored.lastStep,
    stored.series,
  ]);
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
  const { name } = batch;
  const counts = { pointCount: 0, lastStep };
  return { series, name, width, labels, unit, ...counts };
}

function readSeries(session: Session, stored: StoredSeries, range: StepRange): Series {
  return { ...namesOf(stored), ...readPoints(session, stored, range) };
}

function namesOf({ name, width, labels, unit }: StoredSeries): SeriesNames {
  return { name, width, labels, unit };
}

function truncate(session: Session, stored: StoredSeries, step: number): void {
  const { series } = stored;
  cutAfter(session, stored, step);
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
