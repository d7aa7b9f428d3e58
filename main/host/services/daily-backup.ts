// When the day's backup is due: while the app is open, if anything has changed.
import fs from 'node:fs';
import path from 'node:path';
import { listBackups } from '../../store/backups.ts';

const leastAgeMs = 20 * 3600 * 1000;

export function isBackupDue(home: string, now: Date): boolean {
  const [newest] = listBackups(home);
  const newestMs = newest === undefined ? -Infinity : Date.parse(newest.at);
  if (now.getTime() - newestMs < leastAgeMs) return false;
  const changedMs = ['library.db', 'library.db-wal']
    .map((name) => fs.statSync(path.join(home, name), { throwIfNoEntry: false })?.mtimeMs ?? 0)
    .reduce((a, b) => Math.max(a, b));
  return changedMs > newestMs;
}
