// Which source files there are, and a stamp that changes with them: paths, sizes and times, so that an
// up-to-date build is found in milliseconds. Plain JavaScript without dependencies; see bundle.mjs.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const skippedFolders = ['node_modules', 'testing', 'fixtures'];

/**
 * Files of a project in a stable order. `roots` are files, taken as they are, and folders, of which the
 * files that `isSource` are taken.
 * @returns {{ name: string, sizeBytes: number, modifiedMs: number }[]}
 */
export function listFiles(project, { roots, isSource }) {
  const names = roots.flatMap((root) => {
    const found = fs.statSync(path.join(project, root), { throwIfNoEntry: false });
    return found?.isDirectory() ? listFolder(project, root, isSource) : [root];
  });
  const files = [];
  for (const name of names.sort()) {
    const found = fs.statSync(path.join(project, name), { throwIfNoEntry: false });
    if (found === undefined) continue; // removed since it was listed
    files.push({ name, sizeBytes: found.size, modifiedMs: found.mtimeMs });
  }
  return files;
}

function listFolder(project, folder, isSource) {
  const names = [];
  for (const entry of fs.readdirSync(path.join(project, folder), { withFileTypes: true })) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!skippedFolders.includes(entry.name)) names.push(...listFolder(project, name, isSource));
    } else if (isSource(entry.name)) {
      names.push(name);
    }
  }
  return names;
}

export function stampOf(files) {
  const hash = createHash('sha256');
  for (const { name, sizeBytes, modifiedMs } of files) {
    hash.update(`${name}\0${sizeBytes}\0${modifiedMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
