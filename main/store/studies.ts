// The repository of studies: what was asked with which setting, and which run stands for which planned one.
import { inputError } from '../../shared/errors.ts';
import type { Connection, Row } from './connection.ts';
import { readJson, writeJson } from './json-column.ts';

export interface StudyRecord {
  readonly id: string;
  readonly name: string;
  readonly setting: unknown;
  readonly status: string;
  /** A sentence. */
  readonly error: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

/** A run of the library in the place of a planned one. */
export interface StudyRunLink {
  readonly key: string;
  readonly run: string;
  /** It was there before the study. */
  readonly isReused: boolean;
}

export interface StudyStore {
  /** Last made first. */
  list(): readonly StudyRecord[];
  /** @throws inputError `no-such-study` */
  get(id: string): StudyRecord;
  create(study: {
    readonly id: string;
    readonly name: string;
    readonly setting: unknown;
  }): StudyRecord;
  /** `finished` notes the time. */
  setStatus(id: string, status: string, error?: string | null): void;
  links(id: string): readonly StudyRunLink[];
  link(id: string, link: StudyRunLink): void;
  /** Its runs and their measurements stay. */
  delete(id: string): void;
}

export function createStudies(connection: Connection): StudyStore {
  const get = (id: string): StudyRecord =>
    connection.read((session) => {
      const row = session.first('SELECT * FROM studies WHERE study = ?', [id]);
      if (row === undefined) throw noSuchStudy(id);
      return toStudy(row);
    });
  return {
    get,
    list: () =>
      connection.read((session) =>
        session.all('SELECT * FROM studies ORDER BY created_at DESC, study').map(toStudy),
      ),
    create: ({ id, name, setting }) =>
      connection.write((session) => {
        const now = new Date().toISOString();
        session.run(`INSERT INTO studies VALUES (?, ?, ?, 'running', NULL, ?, NULL)`, [
          id,
          name,
          writeJson(setting),
          now,
        ]);
        return get(id);
      }),
    setStatus: (id, status, error = null) => {
      connection.write((session) => {
        const finished = status === 'finished' ? new Date().toISOString() : null;
        const changed = session.run(
          'UPDATE studies SET status = ?, error = ?, finished_at = ? WHERE study = ?',
          [status, error, finished, id],
        );
        if (changed === 0) throw noSuchStudy(id);
      });
    },
    links: (id) =>
      connection.read((session) =>
        session.all('SELECT key, run, is_reused FROM study_runs WHERE study = ?', [id]).map(toLink),
      ),
    link: (id, { key, run, isReused }) => {
      connection.write((session) => {
        session.run(
          `INSERT INTO study_runs VALUES (?, ?, ?, ?)
             ON CONFLICT (study, key) DO UPDATE SET run = excluded.run, is_reused = excluded.is_reused`,
          [id, key, run, isReused ? 1 : 0],
        );
      });
    },
    delete: (id) => {
      connection.write((session) => {
        session.run('DELETE FROM study_runs WHERE study = ?', [id]);
        if (session.run('DELETE FROM studies WHERE study = ?', [id]) === 0) throw noSuchStudy(id);
      });
    },
  };
}

function toStudy(row: Row): StudyRecord {
  const text = (name: string): string | null => {
    const value = row[name];
    return typeof value === 'string' ? value : null;
  };
  return {
    id: String(row['study']),
    name: String(row['name']),
    setting: readJson(row, 'setting'),
    status: String(row['status']),
    error: text('error'),
    createdAt: String(row['created_at']),
    finishedAt: text('finished_at'),
  };
}

function toLink(row: Row): StudyRunLink {
  return {
    key: String(row['key']),
    run: String(row['run']),
    isReused: row['is_reused'] === 1,
  };
}

function noSuchStudy(id: string): Error {
  return inputError('no-such-study', `There is no study "${id}" in this library.`, {
    details: { given: id },
  });
}
