// The run repository. Reading never changes anything; a run whose process died is reported as
// interrupted without being rewritten, until `settleAbandoned` or the next change writes it down.
import fs from 'node:fs';
import { AppError, failure, inputError, messageOf } from '../../shared/errors.ts';
import type { Connection, Row, Session } from './connection.ts';
import { writeJson } from './json-column.ts';
import { livenessOf, parseIdentity, thisProcess } from '../system/process-identity.ts';
import { createRunId, parseRunReference } from './run-id.ts';
import { queueWishes } from './queue.ts';
import { toStatement } from './run-query.ts';
import type {
  NewRun,
  RunChanges,
  RunPage,
  RunReader,
  RunRecord,
  RunStatus,
  RunSummary,
  RunWriter,
} from './run-record.ts';
import { selectRecord, selectSummary, toAssignments, toRecord, toSummary } from './run-row.ts';

/** More candidates than this aren't listed in the message about an ambiguous id. */
const listedCandidates = 5;

/** Of the data that a run is on. */
const SOURCE = `json_extract(spec, '$.data.source')`;

export function createRunReader(connection: Connection): RunReader {
  const find = (reference: string): RunRecord | undefined =>
    connection.read((session) => {
      const row = findRow(session, reference);
      return row === undefined ? undefined : toRecord(row);
    });
  return {
    find,
    get: (reference) => {
      const run = find(reference);
      if (run === undefined) throw noSuchRun(reference);
      return run;
    },
    wishOf: (id) =>
      connection.read((session) => {
        const wish = session.first('SELECT wish FROM runs WHERE id = ?', [id])?.['wish'];
        return queueWishes.find((known) => known === wish) ?? null;
      }),
    list: (query = {}) =>
      connection.read((session) => {
        const statement = toStatement(query, goneOwners(session));
        const total = Number(session.first(statement.countSql, statement.countValues)?.['total']);
        return { ...readSummaries(session.all(statement.sql, statement.values)), total };
      }),
    specsOn: (source) =>
      connection.read((session) =>
        session
          .all(
            `SELECT data_fingerprint, MAX(created_at), spec FROM runs WHERE ${SOURCE} = ?
             GROUP BY data_fingerprint ORDER BY MAX(created_at) DESC`,
            [source],
          )
          .map((row) => ({
            fingerprint: String(row['data_fingerprint']),
            spec: JSON.parse(String(row['spec'])) as unknown,
          })),
      ),
  };
}

export function createRunWriter(
  connection: Connection,
  folderOf: (id: string) => string,
): RunWriter {
  const change = (
    id: string,
    work: (session: Session, run: RunRecord, owner: string | null) => void,
  ): RunRecord =>
    connection.write((session) => {
      const row = exactRow(session, id);
      work(session, toRecord(row), row['owner'] as string | null);
      return toRecord(exactRow(session, id));
    });

  return {
    create: (run) =>
      connection.write((session) => {
        const id = unusedId(session);
        fs.mkdirSync(folderOf(id), { recursive: true });
        insertRun(session, id, run);
        return toRecord(exactRow(session, id));
      }),

    adopt: (run) =>
      connection.write((session) => {
        insertRun(session, run.id, run);
        session.run(
          'UPDATE runs SET created_at = ?, started_at = ?, finished_at = ? WHERE id = ?',
          [...[run.createdAt, run.startedAt, run.finishedAt, run.id]],
        );
        fs.mkdirSync(folderOf(run.id), { recursive: true });
        return toRecord(exactRow(session, run.id));
      }),

    update: (id, changes) =>
      change(id, (session, run, owner) => applyChanges(session, { run, owner, changes })),

    claim: (id) => change(id, claimRun),

    ask: (id, wish) => {
      connection.write((session) => {
        session.run('UPDATE runs SET wish = ? WHERE id = ?', [wish, id]);
      });
    },

    settleAbandoned: () => {
      const hasAbandoned = connection.read((session) => goneOwners(session).length > 0);
      return hasAbandoned ? connection.write(settleAbandoned) : [];
    },

    delete: (id) =>
      change(id, (session, run) => {
        assertNotInTraining(run);
        const now = new Date().toISOString();
        session.run('UPDATE runs SET deleted_at = coalesce(deleted_at, ?) WHERE id = ?', [now, id]);
      }),

    restore: (id) =>
      change(id, (session) => {
        session.run('UPDATE runs SET deleted_at = NULL WHERE id = ?', [id]);
      }),

    purge: (id) => connection.write((session) => purge(session, id, folderOf(id))),

    moveData: (from, to) => connection.write((session) => moveData(session, from, to)),
  };
}

/** @throws inputError `run-not-deleted` */
function purge(session: Session, id: string, folder: string): void {
  const run = toRecord(exactRow(session, id));
  if (run.deletedAt === null) {
    throw inputError(
      'run-not-deleted',
      `The run ${id} is not deleted. Delete it first; only then can it be removed for good.`,
    );
  }
  // Files first: if this is cut short the run is still listed as deleted and can be purged again.
  removeFiles(folder, id);
  session.run('DELETE FROM runs WHERE id = ?', [id]);
}

/** @throws inputError `run-in-training` */
function assertNotInTraining(run: RunRecord): void {
  if (run.owner === null) return;
  const { pid, host } = run.owner;
  throw inputError(
    'run-in-training',
    `The run ${run.id} is being trained by process ${pid} on ${host}. Stop it there first.`,
    { details: { id: run.id, ...run.owner } },
  );
}

interface Changing {
  readonly run: RunRecord;
  /** As it is written, also of a process that is gone. */
  readonly owner: string | null;
  readonly changes: RunChanges;
}

function applyChanges(session: Session, { run, owner, changes }: Changing): void {
  const { terms, values } = toAssignments(changes);
  const now = new Date().toISOString();
  const status = changes.status ?? run.status;
  // A run of a dead process is written as what it is at the first change by another one.
  if (changes.status === undefined && owner !== null && run.owner === null) {
    terms.push('status = ?');
    values.push(status);
    if (changes.error === undefined) {
      terms.push('error = ?');
      values.push(writeJson(run.error));
    }
  }
  terms.push('updated_at = ?', 'owner = ?', 'finished_at = ?');
  values.push(now, ownerFor(status, owner));
  // Nobody ended a run whose process is gone; when that was is not known.
  const isLost = status === 'interrupted' && owner !== null && run.owner === null;
  values.push(isOver(status) && !isLost ? (run.finishedAt ?? now) : null);
  session.run(`UPDATE runs SET ${terms.join(', ')} WHERE id = ?`, [...values, run.id]);
}

function claimRun(session: Session, run: RunRecord, owner: string | null): void {
  if (owner !== thisProcess()) assertNotInTraining(run);
  if (run.deletedAt !== null) throw deletedRun(run);
  const now = new Date().toISOString();
  session.run(
    `UPDATE runs SET status = 'running', owner = ?, updated_at = ?, finished_at = NULL,
       wish = NULL, started_at = coalesce(started_at, ?) WHERE id = ?`,
    [thisProcess(), now, now, run.id],
  );
}

/** Runs of processes that are gone become interrupted; returns their ids. */
function settleAbandoned(session: Session): string[] {
  const owners = JSON.stringify(goneOwners(session));
  const where = 'WHERE owner IN (SELECT value FROM json_each(?))';
  const abandoned = session.all(`${selectSummary} ${where}`, [owners]).map(toSummary);
  for (const { id, error } of abandoned) {
    session.run("UPDATE runs SET status = 'interrupted', owner = NULL, error = ? WHERE id = ?", [
      writeJson(error),
      id,
    ]);
  }
  return abandoned.map(({ id }) => id);
}

/** Returns how many runs were on the data that is now elsewhere. */
function moveData(session: Session, from: string, to: string): number {
  const where = `WHERE ${SOURCE} = ?`;
  const count = Number(
    session.first(`SELECT COUNT(*) AS count FROM runs ${where}`, [from])?.['count'],
  );
  session.run(`UPDATE runs SET spec = json_set(spec, '$.data.source', ?) ${where}`, [to, from]);
  return count;
}

/** A damaged record costs its own run, not the list. */
function readSummaries(rows: readonly Row[]): Omit<RunPage, 'total'> {
  const runs: RunSummary[] = [];
  const damaged: string[] = [];
  for (const row of rows) {
    try {
      runs.push(toSummary(row));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      damaged.push(String(row['id']));
    }
  }
  return { runs, damaged };
}

function insertRun(session: Session, id: string, run: NewRun): void {
  const now = new Date().toISOString();
  session.insert(
    `INSERT INTO runs (id, name, group_name, architecture, seed, status, created_at, updated_at,
       spec, recipe_origin, data_name, data_fingerprint, class_count, code_version, environment, step, total_steps,
       epoch, elapsed_ms, metrics, checkpoints, notes, tags, imported)
     VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, 0, '{}', '{}', ?, ?, ?)`,
    [
      ...[id, run.name, run.group ?? null, run.architecture, run.seed, now, now],
      ...[
        writeJson(run.spec),
        writeOptionalJson(run.recipeOrigin),
        run.dataName,
        run.dataFingerprint,
        run.classCount,
      ],
      ...[run.codeVersion, writeJson(run.environment ?? {}), run.totalSteps],
      ...[run.notes ?? '', writeJson(run.tags ?? []), writeOptionalJson(run.imported)],
    ],
  );
}

function removeFiles(folder: string, id: string): void {
  try {
    fs.rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    throw failure(
      'run-files-not-removed',
      `The files of the run ${id} in ${folder} can't be removed: ${messageOf(error)}. ` +
        'Check the permissions of that folder, then remove the run again.',
      { path: folder, cause: error },
    );
  }
}

function writeOptionalJson(value: unknown): string | null {
  return value === undefined || value === null ? null : writeJson(value);
}

function unusedId(session: Session): string {
  for (;;) {
    const id = createRunId();
    if (session.first('SELECT 1 FROM runs WHERE id = ?', [id]) === undefined) return id;
  }
}

function findRow(session: Session, reference: string): Row | undefined {
  const exact = session.first(`${selectRecord} WHERE id = ?`, [reference]);
  if (exact !== undefined) return exact;
  const pattern = parseRunReference(reference);
  if (pattern === undefined) return undefined;
  const limit = listedCandidates + 1;
  // `~` sorts after every letter of an id, so this is the range of all ids with that beginning.
  let rows = session.all(`${selectRecord} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?`, [
    pattern.start,
    `${pattern.start}~`,
    limit,
  ]);
  if (rows.length === 0 && pattern.tail !== undefined) {
    rows = session.all(`${selectRecord} WHERE substr(id, -5) = ? ORDER BY id LIMIT ?`, [
      pattern.tail,
      limit,
    ]);
  }
  if (rows.length > 1) throw ambiguous(reference, rows);
  return rows[0];
}

function exactRow(session: Session, id: string): Row {
  const row = session.first(`${selectRecord} WHERE id = ?`, [id]);
  if (row === undefined) throw noSuchRun(id);
  return row;
}

function goneOwners(session: Session): string[] {
  return session
    .all('SELECT DISTINCT owner FROM runs WHERE owner IS NOT NULL')
    .map((row) => String(row['owner']))
    .filter((owner) => livenessOf(owner) === 'gone');
}

/** Only a run in training has an owner, and only as long as that process lives. */
function ownerFor(status: RunStatus, owner: string | null): string | null {
  if (status !== 'running') return null;
  return owner !== null && parseIdentity(owner) !== undefined ? owner : thisProcess();
}

function isOver(status: RunStatus): boolean {
  return status === 'finished' || status === 'failed' || status === 'interrupted';
}

function noSuchRun(reference: string): Error {
  return inputError(
    'no-such-run',
    `There is no run "${reference}" in this library. \`resnet-lab runs list\` shows what there is.`,
    { details: { given: reference } },
  );
}

function deletedRun(run: RunRecord): Error {
  return failure(
    'run-deleted',
    `The run ${run.id} is deleted. Restore it before going on with it.`,
  );
}

function ambiguous(reference: string, rows: readonly Row[]): Error {
  const ids = rows.map((row) => String(row['id']));
  const shown = ids.slice(0, listedCandidates).join(', ');
  return inputError(
    'ambiguous-run-id',
    `"${reference}" fits several runs: ${shown}${ids.length > listedCandidates ? ', …' : ''}. ` +
      'Type more of the id, or only its last four characters.',
    { details: { given: reference, candidates: ids } },
  );
}
