// A connection to the library's database: statements inside transactions, and nothing outside one.
// Knows locking, durability and crash recovery; knows no tables. Several connections, in one process
// or many, may be open on the same file.
//
// Why these settings: the driver has no shared memory, so WAL would need one exclusive owner; a
// rollback journal works with many. TRUNCATE keeps the journal file in place, whose folder entry the
// driver would not make durable when creating it anew. With synchronous=FULL a transaction that has
// returned survives the end of the process and of the power.
import fs from 'node:fs';
import path from 'node:path';
import sqlite, { type NormalQueryResult, type SQLiteValue } from 'node-sqlite3-wasm';
import { inputError } from '../../shared/errors.ts';
import { explainDatabaseError } from './database-errors.ts';
import {
  hasAbandonedJournal,
  removeAbandonedDriverLock,
  rollBackAbandonedJournal,
} from './crash-recovery.ts';
import { createLibraryLock, prepareLockFolder } from './library-lock.ts';

export type Row = NormalQueryResult;
/** Always a list: the driver takes a lone Uint8Array for an object with named values. */
export type Values = readonly SQLiteValue[];

/** What a transaction can do. Only valid inside the function it was given to. */
export interface Session {
  all(sql: string, values?: Values): Row[];
  /** The first row, if any. */
  first(sql: string, values?: Values): Row | undefined;
  /** Returns the number of changed rows. */
  run(sql: string, values?: Values): number;
  /** Inserts one row and returns its row number. */
  insert(sql: string, values?: Values): number;
  /** Several statements, without values. */
  exec(sql: string): void;
}

export interface Connection {
  readonly file: string;
  /** Sees one consistent state. May be nested in `read` and `write`. */
  read<T>(work: (session: Session) => T): T;
  /** All or nothing; durable when it returns. May be nested in `write`. */
  write<T>(work: (session: Session) => T): T;
  close(): void;
}

export interface ConnectionOptions {
  readonly busyTimeoutMs?: number;
}

const defaultBusyTimeoutMs = 10_000;

export function openConnection(file: string, options: ConnectionOptions = {}): Connection {
  const explained = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw explainDatabaseError(error, file);
    }
  };
  const lockFolder = path.join(path.dirname(file), 'locks');
  const timeoutMs = options.busyTimeoutMs ?? defaultBusyTimeoutMs;
  const lock = explained(() => {
    prepareLockFolder(lockFolder);
    return createLibraryLock(lockFolder, { timeoutMs });
  });
  const database = explained(() => lock.hold(() => openDatabase(file)));
  const statements = new Map<string, sqlite.Statement>();
  const session = createSession(database, statements);
  let current: 'read' | 'write' | undefined;

  const transaction = <T>(kind: 'read' | 'write', work: (session: Session) => T): T => {
    if (!database.isOpen) throw new Error(`The library ${file} was used after it was closed.`);
    if (current !== undefined) {
      if (kind === 'write' && current === 'read') {
        throw new Error('A write can not begin inside a read: the read might already be outdated.');
      }
      return work(session);
    }
    return explained(() =>
      lock.hold(() => {
        recover(file, database);
        database.exec(kind === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN');
        current = kind;
        try {
          const result = work(session);
          database.exec('COMMIT');
          return result;
        } catch (error) {
          rollBack(database);
          throw error;
        } finally {
          current = undefined;
        }
      }),
    );
  };

  return {
    file,
    read: (work) => transaction('read', work),
    write: (work) => transaction('write', work),
    close: () => {
      if (!database.isOpen) return;
      for (const statement of statements.values()) statement.finalize();
      statements.clear();
      // Under the lock, because closing removes the driver's lock folder.
      explained(() => lock.hold(() => database.close()));
    },
  };
}

function openDatabase(file: string): sqlite.Database {
  // The driver can't say why a file does not open; the file system can.
  if (fs.existsSync(file)) fs.accessSync(file, fs.constants.R_OK | fs.constants.W_OK);
  fs.accessSync(path.dirname(file), fs.constants.R_OK | fs.constants.W_OK);
  const database = new sqlite.Database(file);
  try {
    recover(file, database);
    database.exec('PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL;');
    database.exec('PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384;');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function recover(file: string, database: sqlite.Database): void {
  removeAbandonedDriverLock(file);
  if (!hasAbandonedJournal(file)) return;
  rollBackAbandonedJournal(file, () => database.all('SELECT count(*) FROM sqlite_schema'));
}

function rollBack(database: sqlite.Database): void {
  // After some errors, a full disk for one, SQLite has already rolled back by itself.
  if (database.inTransaction) database.exec('ROLLBACK');
}

function createSession(
  database: sqlite.Database,
  statements: Map<string, sqlite.Statement>,
): Session {
  const prepared = (sql: string): sqlite.Statement => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  const using = <T>(sql: string, work: (statement: sqlite.Statement) => T): T => {
    try {
      return work(prepared(sql));
    } catch (error) {
      discard(statements, sql);
      throw error;
    }
  };
  // Always reads to the last row: a statement that stops early keeps the driver's lock.
  const all = (sql: string, values?: Values): Row[] =>
    using(sql, (statement) => statement.all(bound(values)) as Row[]);
  return {
    all,
    first: (sql, values) => all(sql, values)[0],
    run: (sql, values) => using(sql, (statement) => statement.run(bound(values)).changes),
    insert: (sql, values) =>
      using(sql, (statement) => Number(statement.run(bound(values)).lastInsertRowid)),
    exec: (sql) => database.exec(sql),
  };
}

function bound(values: Values = []): SQLiteValue[] {
  for (const value of values) {
    if (typeof value === 'string' && value.includes('\0')) {
      // The driver would silently keep only what stands before it.
      throw inputError('bad-text', `Text can't contain a NUL character: ${JSON.stringify(value)}.`);
    }
  }
  return [...values];
}

/** The driver can't use a statement again after it failed. */
function discard(statements: Map<string, sqlite.Statement>, sql: string): void {
  const statement = statements.get(sql);
  statements.delete(sql);
  try {
    statement?.finalize();
  } catch {
    // Finalizing a failed statement reports its error a second time; the caller throws the first.
  }
}
