// The report repository: documents by id. What is in them is their owner's business.
import { inputError } from '../../shared/errors.ts';
import type { Connection, Row } from './connection.ts';
import { readJson, writeJson } from './json-column.ts';

export interface ReportRecord {
  readonly id: string;
  readonly document: unknown;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deletedAt: string | null;
}

export interface ReportReader {
  /** Last changed first, without deleted ones. */
  list(): readonly ReportRecord[];
  /** @throws inputError `no-such-report` */
  get(id: string): ReportRecord;
}

export interface ReportWriter {
  /** Creates it, or replaces what it says. */
  save(id: string, document: unknown): ReportRecord;
  delete(id: string): void;
  restore(id: string): void;
  /** Removes for good what was deleted before `time`. */
  purge(time: string): void;
}

export function createReports(connection: Connection): ReportReader & ReportWriter {
  const get = (id: string): ReportRecord =>
    connection.read((session) => {
      const row = session.first('SELECT * FROM reports WHERE id = ?', [id]);
      if (row === undefined) throw noSuchReport(id);
      return toReport(row);
    });
  const mark = (id: string, deletedAt: string | null): void => {
    connection.write((session) => {
      const changed = session.run('UPDATE reports SET deleted_at = ? WHERE id = ?', [
        deletedAt,
        id,
      ]);
      if (changed === 0) throw noSuchReport(id);
    });
  };
  return {
    get,
    list: () =>
      connection.read((session) =>
        session
          .all('SELECT * FROM reports WHERE deleted_at IS NULL ORDER BY updated_at DESC, id')
          .map(toReport),
      ),
    save: (id, document) =>
      connection.write((session) => {
        const now = new Date().toISOString();
        session.run(
          `INSERT INTO reports VALUES (?, ?, ?, ?, NULL)
             ON CONFLICT (id) DO UPDATE SET document = excluded.document,
               updated_at = excluded.updated_at, deleted_at = NULL`,
          [id, writeJson(document), now, now],
        );
        return get(id);
      }),
    delete: (id) => mark(id, new Date().toISOString()),
    restore: (id) => mark(id, null),
    purge: (time) => {
      connection.write((session) => {
        session.run('DELETE FROM reports WHERE deleted_at < ?', [time]);
      });
    },
  };
}

function toReport(row: Row): ReportRecord {
  const deleted = row['deleted_at'];
  return {
    id: String(row['id']),
    document: readJson(row, 'document'),
    createdAt: String(row['created_at']),
    updatedAt: String(row['updated_at']),
    deletedAt: typeof deleted === 'string' ? deleted : null,
  };
}

function noSuchReport(id: string): Error {
  return inputError('no-such-report', `There is no report "${id}" in this library.`, {
    details: { given: id },
  });
}
