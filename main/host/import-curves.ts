// Takes in curves of other trackers: an event file, a CSV, or a folder of them. All of a source is read and
// checked first and stored in one transaction, so a damaged file adds nothing.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { ImportedRun, NotUsed } from '../../shared/contract/imported-run.ts';
import { inputError } from '../../shared/errors.ts';
import { groupBy } from '../../shared/group-by.ts';
import { readCurvesOutside } from '../data/reading/read-outside.ts';
import { readCsvRuns, type ReadCsv } from '../import/csv-runs.ts';
import { readEventRun } from '../import/event-runs.ts';
import type { ForeignRun } from '../import/foreign-run.ts';
import { toStored, type Stored } from '../import/to-series.ts';
import type { Library } from '../store/library.ts';
import type { ForeignRun as AdoptedRun } from '../store/run-record.ts';
import { createRunId } from '../store/run-id.ts';

export { parseMap } from '../import/column-map.ts';

export interface CurveImport {
  /** What columns or tags are; see main/import/column-map.ts. */
  readonly map: ReadonlyMap<string, string>;
  readonly name?: string | undefined;
  readonly group?: string | undefined;
}

/** A run as it would be stored. */
export interface ReadCurves {
  readonly name: string;
  readonly run: ForeignRun;
  readonly from: ImportedRun['from'];
  readonly file: string;
  readonly sha256: string;
  readonly startedAtMs: number | null;
  readonly series: readonly Stored[];
  readonly notUsed: readonly NotUsed[];
}

export interface ImportedCurves {
  readonly added: readonly string[];
  /** Runs of the same bytes that are here already; they stay as they are. */
  readonly known: readonly string[];
  readonly notUsed: readonly NotUsed[];
}

/** @throws inputError with a sentence about the first file that can't be read */
export async function importCurves(
  library: Library,
  source: string,
  options: CurveImport,
): Promise<ImportedCurves> {
  const { runs, notUsed } = await readCurves(source, options);
  const here = new Map(
    library.runs
      .list()
      .runs.flatMap(({ id, imported }) =>
        imported ? [[`${imported.sha256} ${imported.runName}`, id] as const] : [],
      ),
  );
  const known: string[] = [];
  const fresh = runs.filter(({ sha256, run }) => {
    const id = here.get(`${sha256} ${run.name}`);
    if (id !== undefined) known.push(id);
    return id === undefined;
  });
  const ids = fresh.map(() => createRunId());
  try {
    library.transaction(() => {
      fresh.forEach((run, i) => store(library, ids[i] ?? '', run, options.group));
    });
  } catch (error) {
    for (const id of ids) fs.rmSync(library.runFolder(id), { recursive: true, force: true });
    throw error;
  }
  return { added: ids, known, notUsed };
}

/** Reads without storing; what is not used of all of it, each once. */
export async function readCurves(
  source: string,
  { map, name }: CurveImport,
): Promise<{
  readonly runs: readonly ReadCurves[];
  readonly notUsed: readonly NotUsed[];
  /** Where the source is one table. */
  readonly table: Pick<ReadCsv, 'table' | 'map'> | null;
}> {
  const { root, files, notUsed } = await readCurvesOutside(source);
  const eventFolders = groupBy(
    files.filter(({ kind }) => kind === 'events'),
    ({ file }) => path.dirname(file),
  );
  const tables = files.filter(({ kind }) => kind === 'table');
  const runs: ReadCurves[] = [];
  let table: Pick<ReadCsv, 'table' | 'map'> | null = null;
  for (const [folder, own] of eventFolders) {
    const read = own.map(({ file, bytes }) => ({ name: path.relative(root, file), bytes }));
    const place = path.relative(root, folder) || path.basename(folder);
    const run = readEventRun(read, { map, name: place.split(path.sep).join('/') });
    const file = own.length === 1 ? (own[0]?.file ?? folder) : folder;
    runs.push(prepared(run, { from: 'tensorboard', file, sha256: hashOf(read), name }));
  }
  for (const { file, bytes } of tables) {
    const { name: stem } = path.parse(file);
    const read = await readCsvRuns(path.relative(root, file), bytes, {
      map,
      name: stem,
    });
    table = read;
    const { runs: found } = read;
    const sha256 = hashOf([{ bytes }]);
    for (const run of found) {
      runs.push(
        prepared(run, { from: 'csv', file, sha256, name: found.length === 1 ? name : undefined }),
      );
    }
  }
  const all = [...notUsed, ...runs.flatMap((run) => run.notUsed)];
  // Runs of one table share its columns.
  const distinct = [...new Map(all.map((one) => [`${one.name} ${one.reason}`, one])).values()];
  const isOneTable = tables.length === 1 && eventFolders.size === 0;
  if (runs.length > 0) return { runs, notUsed: distinct, table: isOneTable ? table : null };
  throw inputError(
    'no-curves',
    `${source} holds no event files (…tfevents…) and no CSV, so there is nothing to import.`,
    { path: source },
  );
}

function prepared(
  run: ForeignRun,
  about: { from: ImportedRun['from']; file: string; sha256: string; name: string | undefined },
): ReadCurves {
  const times = run.series.flatMap(({ times: own }) =>
    own.reduce((a, b) => (b < a ? b : a), Infinity),
  );
  const first = Math.min(Infinity, ...times.filter((time) => Number.isFinite(time)));
  // Smaller than 2001 in milliseconds: times since the run began, not a clock's.
  const isClock = Number.isFinite(first) && first > 1e12;
  const startedAtMs = isClock ? first : null;
  const series = run.series.flatMap((one) => toStored(one, isClock ? first : 0) ?? []);
  return {
    ...{ run, series, startedAtMs, from: about.from, sha256: about.sha256 },
    name: about.name ?? run.name,
    file: path.basename(about.file),
    notUsed: [...run.notUsed, ...series.flatMap(({ notUsed }) => notUsed)],
  };
}

function store(library: Library, id: string, read: ReadCurves, group: string | undefined): void {
  const { run, series, startedAtMs } = read;
  const now = new Date().toISOString();
  const { settings } = run;
  const seed = Number(settings['seed']);
  const ends = series.map(({ points }) => points.elapsedMs.at(-1) ?? 0);
  const elapsedMs = Math.max(0, ...ends.filter((end) => Number.isFinite(end)));
  const imported: ImportedRun = {
    ...{ from: read.from, file: read.file, sha256: read.sha256, runName: run.name },
    importedAt: now,
    axes: Object.fromEntries(series.map(({ points, axis }) => [points.name, axis])),
    notUsed: [...read.notUsed],
    settings: { ...settings },
  };
  const adopted: AdoptedRun = {
    ...{ id, name: read.name.slice(0, 200), group: group ?? null },
    architecture: String(settings['architecture'] ?? settings['model'] ?? settings['arch'] ?? ''),
    seed: Number.isSafeInteger(seed) ? seed : 0,
    ...{ spec: null, dataName: '', dataFingerprint: '', classCount: 0, codeVersion: '' },
    ...{ imported, totalSteps: lastStep(series), createdAt: now },
    startedAt: startedAtMs === null ? null : new Date(startedAtMs).toISOString(),
    finishedAt: startedAtMs === null ? null : new Date(startedAtMs + elapsedMs).toISOString(),
  };
  library.runs.adopt(adopted);
  library.series.append(
    id,
    series.map(({ points }) => points),
  );
  library.runs.update(id, {
    ...{ status: run.status, step: lastStep(series), elapsedMs, metrics: metricsOf(series) },
    ...(startedAtMs === null ? {} : { stretches: [{ elapsedMs: 0, startedAtMs }] }),
    epoch: lastEpoch(series),
  });
}

function lastStep(series: readonly Stored[]): number {
  const steps = series
    .filter(({ axis }) => axis.x === 'step')
    .map(({ points }) => points.steps.at(-1) ?? 0);
  return Math.max(0, ...steps);
}

function lastEpoch(series: readonly Stored[]): number {
  return Math.max(
    0,
    ...series.map(({ axis, points }) =>
      axis.x === 'epoch' ? (points.steps.at(-1) ?? 0) / (axis.perEpoch ?? 1) : 0,
    ),
  );
}

/** Those that lists show, from the series that say them. */
function metricsOf(series: readonly Stored[]): Record<string, number> {
  const of = (name: string): Float32Array =>
    series.find(({ points }) => points.name === name)?.points.values ?? new Float32Array();
  const last = (key: string, name: string): Record<string, number> => {
    const value = of(name).at(-1);
    return value === undefined ? {} : { [key]: value };
  };
  const accuracies = of('val/accuracy').filter((value) => Number.isFinite(value));
  const best = accuracies.reduce((a, b) => (b > a ? b : a), -Infinity);
  return {
    ...last('lastTrainLoss', 'train/loss'),
    ...last('lastTrainAccuracy', 'train/accuracy'),
    ...last('lastValLoss', 'val/loss'),
    ...last('lastValAccuracy', 'val/accuracy'),
    ...(accuracies.length > 0 ? { bestValAccuracy: best } : {}),
  };
}

function hashOf(files: readonly { readonly bytes: Uint8Array }[]): string {
  const hash = createHash('sha256');
  for (const { bytes } of files) hash.update(bytes);
  return hash.digest('hex');
}
