// Copies of the library's database in `backups/`: made while it is in use, checked before they count, and
// dropped from the oldest on. Checkpoints are separate files and are not in them.
import fs from 'node:fs';
import path from 'node:path';
import { failure, inputError } from '../../shared/errors.ts';
import { checkDatabase, copyDatabase, recordedOwners } from './connection.ts';
import { livenessOf } from '../system/process-identity.ts';

export interface Backup {
  readonly file: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly sizeBytes: number;
}

const KEPT = 7;
const KEPT_BYTES = 2 * 1024 ** 3;
const FORM = /^library-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.db$/;

/** Newest first. */
export function listBackups(home: string): readonly Backup[] {
  const folder = path.join(home, 'backups');
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .flatMap((name): Backup[] => {
      const parts = FORM.exec(name);
      if (parts === null) return [];
      const [, year, month, day, hour, minute, second, ms] = parts;
      const file = path.join(folder, name);
      const { size } = fs.statSync(file);
      const at = `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`;
      return [{ file, at, sizeBytes: size }];
    })
    .sort((a, b) => b.at.localeCompare(a.at));
}

export interface BackupOptions {
  readonly now?: Date;
  /** Looks at the copy; what serves others meanwhile lets another process do it. */
  readonly check?: (file: string, depth: 'quick') => Promise<readonly string[]>;
}

/**
 * Copies the database off this thread, without keeping anybody from writing.
 * @throws failure `library-corrupt` if the copy is not sound; the earlier backups stay then
 */
export async function makeBackup(home: string, options: BackupOptions = {}): Promise<Backup> {
  const { now = new Date(), check = checkDatabase } = options;
  const folder = path.join(home, 'backups');
  fs.mkdirSync(folder, { recursive: true });
  const stamp = now.toISOString().replace(/[-:.]/g, '');
  const file = path.join(folder, `library-${stamp}.db`);
  const partial = `${file}.partial`;
  try {
    await copyDatabase(path.join(home, 'library.db'), partial);
    const [problem] = await check(partial, 'quick');
    if (problem !== undefined) throw corrupt(home, problem);
    fs.renameSync(partial, file);
  } finally {
    fs.rmSync(partial, { force: true });
    dropSidecars(partial);
  }
  const all = listBackups(home);
  let sum = 0;
  all.forEach(({ file: old, sizeBytes }, i) => {
    sum += sizeBytes;
    if (i > 0 && (i >= KEPT || sum > KEPT_BYTES)) fs.rmSync(old, { force: true });
  });
  const made = all.find((backup) => backup.file === file);
  if (made === undefined) throw new Error(`The backup ${file} is gone already.`);
  return made;
}

export interface Restored {
  readonly from: Backup;
  /** Where the database that was there before lies now, if there was one. */
  readonly replaced: string | undefined;
}

/**
 * Puts a backup in the place of the database, which is kept beside it.
 * @throws inputError `no-backup`, `library-in-use`; failure `library-corrupt` if the backup is damaged
 */
export function restoreBackup(home: string, chosen?: string): Restored {
  const all = listBackups(home);
  const from =
    chosen === undefined
      ? all[0]
      : all.find(({ file }) => file === path.resolve(chosen) || path.basename(file) === chosen);
  if (from === undefined) throw noBackup(home, chosen, all);
  const [problem] = checkDatabase(from.file, 'full');
  dropSidecars(from.file);
  if (problem !== undefined) throw corrupt(from.file, problem);
  const target = path.join(home, 'library.db');
  const replaced = setAside(home);
  fs.copyFileSync(from.file, `${target}.partial`);
  fs.renameSync(`${target}.partial`, target);
  return { from, replaced };
}

/**
 * Moves the database away, and returns where it lies then; undefined if there was none.
 * @throws inputError `library-in-use`
 */
export function setAside(home: string): string | undefined {
  const target = path.join(home, 'library.db');
  if (!fs.existsSync(target)) return undefined;
  requireUnused(target);
  const stamp = new Date().toISOString().replace(/[-:.]/g, '');
  const replaced = path.join(home, `library.replaced-${stamp}.db`);
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    if (fs.existsSync(target + suffix)) fs.renameSync(target + suffix, replaced + suffix);
  }
  return replaced;
}

/** SQLite leaves these, empty, beside a database that was only read. */
function dropSidecars(file: string): void {
  for (const suffix of ['-wal', '-shm', '-journal']) fs.rmSync(file + suffix, { force: true });
}

function requireUnused(file: string): void {
  const living = recordedOwners(file).find((owner) => livenessOf(owner) !== 'gone');
  if (living === undefined) return;
  throw inputError(
    'library-in-use',
    `A run of this library is being trained (by ${living.split('@').slice(0, 2).join(' on ')}). Stop it, close the app, then restore.`,
  );
}

function noBackup(home: string, chosen: string | undefined, all: readonly Backup[]): Error {
  if (all.length === 0) {
    return inputError(
      'no-backup',
      `There is no backup in ${path.join(home, 'backups')}. The app makes one a day; \`resnet-lab library backup\` makes one now.`,
    );
  }
  const names = all.map(({ file }) => path.basename(file)).join(', ');
  return inputError('no-backup', `There is no backup "${chosen}"; there are ${names}.`);
}

function corrupt(where: string, problem: string): Error {
  return failure(
    'library-corrupt',
    `${where} is damaged (${problem}). \`resnet-lab library check\` says what is affected; \`resnet-lab library restore\` goes back to the newest backup.`,
    { path: where },
  );
}
