// Brings a library's tables to the newest form, in numbered steps inside one transaction: it ends up
// new or unchanged. A released migration is never edited; a change is a new one. The number of the
// last step is SQLite's `user_version`; `application_id` marks the file as ours.
import { failure, inputError } from '../../shared/errors.ts';
import type { Connection, Session } from './connection.ts';
import { appMigration } from './migrations/0004-app.ts';
import { bestByMonitorMigration } from './migrations/0016-best-by-monitor.ts';
import { chunkColumnsMigration } from './migrations/0018-chunk-columns.ts';
import { checksumsMigration } from './migrations/0014-checksums.ts';
import { datasetsMigration } from './migrations/0003-datasets.ts';
import { decisionsMigration } from './migrations/0012-decisions.ts';
import { importedRunsMigration } from './migrations/0017-imported-runs.ts';
import { historyMigration } from './migrations/0009-history.ts';
import { noOverviewsMigration } from './migrations/0013-no-overviews.ts';
import { overviewsMigration } from './migrations/0008-overviews.ts';
import { recipeOriginMigration } from './migrations/0005-recipe-origin.ts';
import { recoveriesMigration } from './migrations/0011-recoveries.ts';
import { reportsMigration } from './migrations/0006-reports.ts';
import { runWishesMigration } from './migrations/0015-run-wishes.ts';
import { runsMigration } from './migrations/0001-runs.ts';
import { studiesMigration } from './migrations/0019-studies.ts';
import { restoreDecisionsMigration } from './migrations/0020-restore-decisions.ts';
import { stepNumbersMigration } from './migrations/0010-step-numbers.ts';
import { seriesMigration } from './migrations/0002-series.ts';
import { stretchesMigration } from './migrations/0007-stretches.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: string;
  /** What SQL can't say, after the statements. */
  readonly change?: (session: Session) => void;
}

export const migrations: readonly Migration[] = [
  runsMigration,
  seriesMigration,
  datasetsMigration,
  appMigration,
  recipeOriginMigration,
  reportsMigration,
  stretchesMigration,
  overviewsMigration,
  historyMigration,
  stepNumbersMigration,
  recoveriesMigration,
  decisionsMigration,
  noOverviewsMigration,
  checksumsMigration,
  runWishesMigration,
  bestByMonitorMigration,
  importedRunsMigration,
  chunkColumnsMigration,
  studiesMigration,
  restoreDecisionsMigration,
];

export const newestVersion = migrations.length;

/** "RLAB" as a 32-bit number. */
const applicationId = 0x524c4142;

/** `toVersion` is for the tests of single migrations. */
export function migrate(connection: Connection, toVersion = newestVersion): void {
  // Almost always there is nothing to do, and reading is all that takes.
  if (connection.read((session) => versionOf(session, connection.file)) === toVersion) return;
  connection.write((session) => {
    const from = versionOf(session, connection.file);
    for (const migration of migrations) {
      if (migration.version <= from || migration.version > toVersion) continue;
      session.exec(migration.statements);
      migration.change?.(session);
      session.exec(`PRAGMA user_version = ${migration.version}`);
    }
    session.exec(`PRAGMA application_id = ${applicationId}`);
  });
}

function versionOf(session: Session, file: string): number {
  const version = pragma(session, 'user_version');
  const id = pragma(session, 'application_id');
  const isEmpty = session.first('SELECT 1 FROM sqlite_schema') === undefined;
  if (id !== applicationId && !(id === 0 && version === 0 && isEmpty)) {
    throw inputError(
      'library-not-a-database',
      `${file} is a database of another program, not a ResNet Lab library. Choose another folder ` +
        'with --home, or move that file away; it was not changed.',
      { path: file, details: { applicationId: id } },
    );
  }
  if (version > newestVersion) {
    throw failure(
      'library-newer',
      `The library ${file} was written by a newer version of ResNet Lab (its format is ${version}, ` +
        `this version knows up to ${newestVersion}). Update ResNet Lab, or choose another folder with --home.`,
      { path: file, details: { given: version, supported: newestVersion } },
    );
  }
  return version;
}

function pragma(session: Session, name: 'user_version' | 'application_id'): number {
  return Number(session.first(`PRAGMA ${name}`)?.[name]);
}
