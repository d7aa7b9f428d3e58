// The folders of runs as the disk has them, whatever the database says.
import fs from 'node:fs';
import path from 'node:path';

/** Folders of runs that hold something. */
export function runFolders(home: string): readonly string[] {
  const folder = path.join(home, 'runs');
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.startsWith('r-'))
    .map(({ name }) => name)
    .filter((name) => fs.readdirSync(path.join(folder, name)).length > 0);
}
