// The library: a folder with the database of runs, series and datasets, the files of each run and a
// cache. Any number of processes may have it open at once. Calls are synchronous and short.
import fs from 'node:fs';
import path from 'node:path';
import { failure, hasErrorCode, inputError } from '../../shared/errors.ts';
import { listBackups } from './backups.ts';
import { runFolders } from './run-folders.ts';
import { openConnection } from './connection.ts';
import { explainDatabaseError } from './database-errors.ts';
import {
  createDatasetReader,
  createDatasetWriter,
  type DatasetReader,
  type DatasetWriter,
} from './datasets.ts';
import { createDecisions, type DecisionReader, type DecisionWriter } from './decisions.ts';
import { migrate } from './migration.ts';
import {
  createQueueReader,
  createQueueWriter,
  type QueueReader,
  type QueueWriter,
} from './queue.ts';
import { createReports, type ReportReader, type ReportWriter } from './reports.ts';
import { createStudies, type StudyStore } from './studies.ts';
import { readRunMarks, type RunMark } from './run-marks.ts';
import { createRunReader, createRunWriter } from './runs.ts';
import type { RunReader, RunWriter } from './run-record.ts';
import {
  createSeriesReader,
  createSeriesWriter,
  type SeriesReader,
  type SeriesWriter,
} from './series.ts';
import {
  createPresets,
  createSettings,
  type PresetReader,
  type PresetWriter,
  type SettingsReader,
  type SettingsWriter,
} from './settings.ts';

/** For queries: nothing that is given this can change the library. */
export interface LibraryReader {
  readonly runs: RunReader;
  readonly series: SeriesReader;
  readonly datasets: DatasetReader;
  readonly decisions: DecisionReader;
  readonly queue: QueueReader;
  readonly settings: SettingsReader;
  readonly presets: PresetReader;
  readonly reports: ReportReader;
}

export interface Library {
  readonly folder: string;
  /** Packed datasets and other things that can be made again. */
  readonly cacheFolder: string;
  readonly runs: RunReader & RunWriter;
  readonly series: SeriesReader & SeriesWriter;
  readonly datasets: DatasetReader & DatasetWriter;
  readonly decisions: DecisionReader & DecisionWriter;
  readonly queue: QueueReader & QueueWriter;
  readonly settings: SettingsReader & SettingsWriter;
  readonly presets: PresetReader & PresetWriter;
  readonly reports: ReportReader & ReportWriter;
  readonly studies: StudyStore;
  /** Checkpoints and other files of a run. */
  runFolder(id: string): string;
  /** Differs after every change by any process; cheap enough to ask every second. */
  version(): string;
  /** What can be seen of every run, for finding out which have changed. */
  runMarks(): readonly RunMark[];
  /** Several queries of one moment, in one transaction. Must not await. */
  snapshot<T>(work: () => T): T;
  /** One transaction around several calls: all of them happen, or none. Must not await. */
  transaction<T>(work: () => T): T;
  /** What SQLite finds wrong with the database; empty when it is sound. Reads all of it. */
  check(): readonly string[];
  close(): void;
}

export interface LibraryOptions {
  /** How long a call waits for another process's transaction. */
  readonly busyTimeoutMs?: number;
  /** Begins a new database beside runs that are there: to make their records again. */
  readonly acceptsLost?: boolean;
}

export function openLibrary(folder: string, options: LibraryOptions = {}): Library {
  const home = path.resolve(folder);
  const runsFolder = path.join(home, 'runs');
  const cacheFolder = path.join(home, 'cache');
  const file = path.join(home, 'library.db');
  for (const wanted of [home, runsFolder, cacheFolder]) createFolder(wanted, file);
  removeFormerLocks(home);
  if (options.acceptsLost !== true) requireNotLost(home, file);
  const connection = openConnection(file, options);
  try {
    migrate(connection);
  } catch (error) {
    connection.close();
    throw error;
  }
  const runFolder = (id: string): string => path.join(runsFolder, id);
  return {
    folder: home,
    cacheFolder,
    runs: { ...createRunReader(connection), ...createRunWriter(connection, runFolder) },
    series: { ...createSeriesReader(connection), ...createSeriesWriter(connection) },
    datasets: { ...createDatasetReader(connection), ...createDatasetWriter(connection) },
    decisions: createDecisions(connection),
    queue: { ...createQueueReader(connection), ...createQueueWriter(connection) },
    settings: createSettings(connection),
    presets: createPresets(connection),
    reports: createReports(connection),
    studies: createStudies(connection),
    runFolder,
    version: () => connection.version(),
    runMarks: () => readRunMarks(connection),
    snapshot: (work) => connection.read(work),
    transaction: (work) => connection.write(work),
    check: () =>
      connection.read((session) =>
        session
          .all('PRAGMA integrity_check')
          .map((row) => String(row['integrity_check']))
          .filter((line) => line !== 'ok'),
      ),
    close: () => {
      connection.close();
    },
  };
}

/**
 * A library that lost its database is not a new one.
 * @throws failure `library-lost`
 */
function requireNotLost(home: string, file: string): void {
  if ((fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) return;
  const left = runFolders(home);
  if (left.length === 0) return;
  const [backup] = listBackups(home);
  const next =
    backup === undefined
      ? 'There is no backup of it.'
      : `The newest backup is of ${backup.at.slice(0, 16).replace('T', ' ')} UTC: \`resnet-lab library restore\`.`;
  throw failure(
    'library-lost',
    `${file} is ${fs.existsSync(file) ? 'empty' : 'missing'}, but the runs folder beside it holds ${left.length} ${left.length === 1 ? 'run' : 'runs'}. ${next} \`resnet-lab library rebuild\` makes the records again of what the folders hold, without curves. To begin a new library instead, move ${path.join(home, 'runs')} away; its checkpoints stay usable with --weights.`,
    { path: file, details: { runs: left.slice(0, 100), backup: backup?.file ?? null } },
  );
}

/** Versions before this one kept locks of their own here. SQLite's journal needs none of them. */
function removeFormerLocks(home: string): void {
  for (const name of ['locks', 'library.db.lock']) {
    fs.rmSync(path.join(home, name), { recursive: true, force: true });
  }
}

function createFolder(folder: string, file: string): void {
  try {
    for (const missing of missingFolders(folder)) makeFolder(missing);
    if (!fs.statSync(folder).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
  } catch (error) {
    if (hasErrorCode(error, 'ENOTDIR')) {
      throw inputError(
        'library-not-a-folder',
        `The library folder ${folder} can't be made because a file of that name is in the way. ` +
          'Choose another folder with --home, or move that file away.',
        { path: folder, cause: error },
      );
    }
    if (hasErrorCode(error, 'ENAMETOOLONG')) {
      throw inputError(
        'library-path-too-long',
        `The library folder's path of ${folder.length} characters is too long for this file system. ` +
          'Choose another folder with --home.',
        { cause: error },
      );
    }
    // Where nothing can be made, mkdir says that the parent is missing (ENOENT), even on a read-only disk.
    throw explainDatabaseError(hasErrorCode(error, 'ENOENT') ? readOnly(error) : error, file);
  }
}

/**
 * From the outermost. Not by mkdir's own `recursive`: below /proc, where no folder can be made although its
 * parent is there, it tries for ever.
 */
function missingFolders(folder: string): readonly string[] {
  const missing: string[] = [];
  for (let at = folder; !fs.existsSync(at) && path.dirname(at) !== at; at = path.dirname(at)) {
    missing.unshift(at);
  }
  return missing;
}

function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    // Another process was faster.
    if (!hasErrorCode(error, 'EEXIST')) throw error;
  }
}

function readOnly(cause: unknown): Error {
  return Object.assign(new Error('The disk is read-only.', { cause }), { code: 'EROFS' });
}
