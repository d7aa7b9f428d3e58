// One backup a day while the app is open, if anything has changed. A damaged library is not backed up, so
// that the sound backups stay; the error says so.
import fs from 'node:fs';
import path from 'node:path';
import { listBackups, makeBackup } from '../../store/backups.ts';

const leastAgeMs = 20 * 3600 * 1000;

/** @throws failure `library-corrupt` */
export async function backUpDaily(home: string, now = new Date()): Promise<void> {
  const [newest] = listBackups(home);
  const newestMs = newest === undefined ? -Infinity : Date.parse(newest.at);
  if (now.getTime() - newestMs < leastAgeMs) return;
  const changedMs = ['library.db', 'library.db-wal']
    .map((name) => fs.statSync(path.join(home, name), { throwIfNoEntry: false })?.mtimeMs ?? 0)
    .reduce((a, b) => Math.max(a, b));
  if (changedMs > newestMs) await makeBackup(home, now);
}
