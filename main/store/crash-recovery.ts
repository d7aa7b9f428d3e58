// What must happen after a process died inside a write: its half-done change is rolled back from the
// journal that SQLite left. Call only while holding the library lock and outside any transaction.
//
// Why it is not left to the driver: node-sqlite3-wasm 0.8 locks with a `<file>.lock` folder and
// answers "does somebody hold a reserved lock?" by looking for that folder, which at that moment is
// the asking connection's own. SQLite concludes that the journal belongs to a living writer, ignores
// it and reads the half-written file: "database disk image is malformed", or silently wrong rows.
// As the library lock proves that no writer lives, the honest answer is "nobody", and that is what
// the driver's file check is made to say while SQLite looks at the journal.
import fs from 'node:fs';

export function removeAbandonedDriverLock(file: string): void {
  if (fs.existsSync(`${file}.lock`)) fs.rmdirSync(`${file}.lock`);
}

/** In journal mode TRUNCATE a journal with content outside a transaction was left by a crash. */
export function hasAbandonedJournal(file: string): boolean {
  const stat = fs.statSync(`${file}-journal`, { throwIfNoEntry: false });
  return stat !== undefined && stat.size > 0;
}

/** `touch` must make SQLite read the database; it then finds the journal and rolls it back. */
export function rollBackAbandonedJournal(file: string, touch: () => void): void {
  const driverLock = `${file}.lock`;
  const accessSync = fs.accessSync;
  const answerNobody: typeof fs.accessSync = (path, mode) => {
    if (path === driverLock) {
      throw Object.assign(new Error(`ENOENT: ${driverLock}`), { code: 'ENOENT' });
    }
    accessSync(path, mode);
  };
  // Nothing else can run between these lines: all of it is synchronous.
  Object.assign(fs, { accessSync: answerNobody });
  try {
    touch();
  } finally {
    Object.assign(fs, { accessSync });
  }
}
