// A connection to the library's database: statements inside transactions, and nothing outside one.
// Knows locking, durability and journal modes; knows no tables. Several connections, in one process
// or many, may be open on the same file.
import fs from 'node:fs';
import path from 'node:path';
import {
  backup,
  DatabaseSync,
  type DatabaseSyncInstance,
  type StatementSyncInstance,
} from '@photostructure/sqlite';
import { inputError, messageOf } from '../../shared/errors.ts';
import { explainDatabaseError, isBusy, SQLITE, sqliteCode } from './database-errors.ts';
import { journalModeFor } from './journal-mode.ts';

export type Value = null | number | string | Uint8Array;
export type Values = readonly Value[];
export type Row = Record<string, Value>;

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
  /** Sees one consistent state, and blocks no writer. May be nested in `read` and `write`. */
  read<T>(work: (session: Session) => T): T;
  /** All or nothing; durable when it returns. May be nested in `write`. */
  write<T>(work: (session: Session) => T): T;
  /** Differs after every committed change, by this connection or any other. */
  version(): string;
  close(): void;
}

export interface ConnectionOptions {
  /** How long a transaction waits for another process's write. */
  readonly busyTimeoutMs?: number;
}

const defaultBusyTimeoutMs = 10_000;

/** An open database, and which file on the disk it is. */
interface OpenDatabase {
  readonly database: DatabaseSyncInstance;
  readonly session: Session;
  readonly identity: string;
}

export function openConnection(file: string, options: ConnectionOptions = {}): Connection {
  return new LibraryConnection(file, options.busyTimeoutMs ?? defaultBusyTimeoutMs);
}

class LibraryConnection implements Connection {
  readonly file: string;
  readonly #busyTimeoutMs: number;
  #open: OpenDatabase | undefined;
  #current: 'read' | 'write' | undefined;
  /** Counts reopenings, since a new database starts counting its changes anew. */
  #openings = 1;

  constructor(file: string, busyTimeoutMs: number) {
    this.file = file;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#open = this.#explained(() => openDatabase(file, busyTimeoutMs));
  }

  read<T>(work: (session: Session) => T): T {
    return this.#transaction('read', work);
  }

  write<T>(work: (session: Session) => T): T {
    return this.#transaction('write', work);
  }

  version(): string {
    return this.#explained(() => {
      const { session } = this.#present();
      // `data_version` counts what others have changed, `total_changes` what this connection has.
      const others = session.first('PRAGMA data_version')?.['data_version'];
      const own = session.first('SELECT total_changes() AS own')?.['own'];
      return `${this.#openings}.${String(others)}.${String(own)}`;
    });
  }

  close(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    emptyWal(open.database);
    open.database.close();
  }

  #transaction<T>(kind: 'read' | 'write', work: (session: Session) => T): T {
    if (this.#current !== undefined) {
      if (kind === 'write' && this.#current === 'read') {
        throw new Error('A write can not begin inside a read: the read might already be outdated.');
      }
      return work(this.#present().session);
    }
    return this.#explained(() => {
      const { database, session } = this.#present();
      database.exec(kind === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN');
      this.#current = kind;
      try {
        const result = work(session);
        database.exec('COMMIT');
        return result;
      } catch (error) {
        // After some errors, a full disk for one, SQLite has already rolled back by itself.
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      } finally {
        this.#current = undefined;
      }
    });
  }

  /**
   * The database at the library's path. SQLite holds on to the file that it opened, even when the folder
   * was moved or deleted: it would write where nobody looks. So the path is checked every time.
   */
  #present(): OpenDatabase {
    const open = this.#open;
    if (open === undefined)
      throw new Error(`The library ${this.file} was used after it was closed.`);
    if (this.#current !== undefined || identityOf(this.file) === open.identity) return open;
    open.database.close();
    this.#openings++;
    return (this.#open = openDatabase(this.file, this.#busyTimeoutMs));
  }

  #explained<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw explainDatabaseError(error, this.file);
    }
  }
}

/** A consistent copy, made on another thread; writers are not kept waiting. `target` must not exist. */
export async function copyDatabase(file: string, target: string): Promise<void> {
  const database = new DatabaseSync(file, { readOnly: true, timeout: defaultBusyTimeoutMs });
  try {
    // All pages in one step: between steps a write would make it begin anew.
    await backup(database, target, { rate: 1_000_000_000 });
  } catch (error) {
    throw explainDatabaseError(error, file);
  } finally {
    database.close();
  }
}

/** What SQLite finds wrong with a database; empty when it is sound. `quick` leaves indexes out. */
export function checkDatabase(file: string, depth: 'quick' | 'full'): readonly string[] {
  const name = depth === 'quick' ? 'quick_check' : 'integrity_check';
  let database: DatabaseSyncInstance | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: defaultBusyTimeoutMs });
    const rows = database.prepare(`PRAGMA ${name}`).all() as Row[];
    return rows.map((row) => String(row[name])).filter((line) => line !== 'ok');
  } catch (error) {
    if (isBusy(error)) throw explainDatabaseError(error, file);
    return [messageOf(error)];
  } finally {
    database?.close();
  }
}

/** Processes that train runs of a database; none if it can't be read. */
export function recordedOwners(file: string): readonly string[] {
  if (!fs.existsSync(file)) return [];
  let database: DatabaseSyncInstance | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: defaultBusyTimeoutMs });
    const rows = database.prepare('SELECT owner FROM runs WHERE owner IS NOT NULL').all() as Row[];
    return rows.map(({ owner }) => String(owner));
  } catch (error) {
    if (isBusy(error)) throw explainDatabaseError(error, file);
    return [];
  } finally {
    database?.close();
  }
}

function openDatabase(file: string, busyTimeoutMs: number): OpenDatabase {
  // SQLite can't say why a file does not open; the file system can.
  if (fs.existsSync(file)) fs.accessSync(file, fs.constants.R_OK | fs.constants.W_OK);
  fs.accessSync(path.dirname(file), fs.constants.R_OK | fs.constants.W_OK);
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    setJournalMode(database, file);
    // A transaction that has returned survives the end of the process and of the power.
    database.exec(
      'PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384;',
    );
    return { database, session: createSession(database), identity: identityOf(file) };
  } catch (error) {
    database.close();
    throw error;
  }
}

function setJournalMode(database: DatabaseSyncInstance, file: string): void {
  const wanted = journalModeFor(file);
  const present = database.prepare('PRAGMA journal_mode').get() as { journal_mode: string };
  if (present.journal_mode === wanted) return;
  try {
    database.exec(`PRAGMA journal_mode = ${wanted}`);
  } catch (error) {
    // Somebody else has the library open, in the other mode. Both are safe; the next opening tries again.
    if (!isBusy(error)) throw error;
  }
}

/**
 * Leaves everything in one file, so that a copy of it is a copy of the library. The last connection would
 * do so by itself, but the package closes only when its statements are collected.
 */
function emptyWal(database: DatabaseSyncInstance): void {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch (error) {
    // Nothing is lost: the next opening reads the WAL as it is.
    if (sqliteCode(error) === undefined) throw error;
  }
}

function identityOf(file: string): string {
  const { dev, ino } = fs.statSync(file, { bigint: true });
  return `${dev}:${ino}`;
}

function createSession(database: DatabaseSyncInstance): Session {
  const statements = new Map<string, StatementSyncInstance>();
  const prepared = (sql: string): StatementSyncInstance => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const all = (sql: string, values: Values = []): Row[] => {
    try {
      return prepared(sql).all(...checked(values)) as Row[];
    } catch (error) {
      throw withCode(database, error);
    }
  };
  return {
    all,
    first: (sql, values) => all(sql, values)[0],
    run: (sql, values = []) => prepared(sql).run(...checked(values)).changes,
    insert: (sql, values = []) => Number(prepared(sql).run(...checked(values)).lastInsertRowid),
    exec: (sql) => database.exec(sql),
  };
}

/**
 * An error while rows are being read comes without SQLite's code (@photostructure/sqlite 1.2). The usual
 * cause is a damaged page: looking for one either finds it or fails with the code.
 */
function withCode(database: DatabaseSyncInstance, error: unknown): unknown {
  const isUncoded =
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_SQLITE_ERROR' &&
    !('errcode' in error);
  if (!isUncoded) return error;
  try {
    const found = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
    return found.quick_check === 'ok' ? error : Object.assign(error, { errcode: SQLITE.corrupt });
  } catch (found) {
    return found;
  }
}

function checked(values: Values): Value[] {
  for (const value of values) {
    if (typeof value === 'string' && value.includes('\0')) {
      // SQLite would silently keep only what stands before it.
      throw inputError('bad-text', `Text can't contain a NUL character: ${JSON.stringify(value)}.`);
    }
  }
  return [...values];
}
