// A folder on the disk as a tree of files. Links are followed, as torchvision does. Synchronous: for many
// small answers a round trip through libuv's threads costs several times the answer.
import { readdirSync, realpathSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import type { FileTree } from './file-tree.ts';

export function diskTree(root: string): FileTree {
  return {
    root,
    entriesOf: (folder) => {
      const path = join(root, folder);
      return readdirSync(path, { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        isFolder: isFolder(join(path, entry.name), entry),
      }));
    },
    identityOf: (folder) => realpathSync(join(root, folder)),
    factsOf: (file) => {
      const stats = statSync(join(root, file));
      if (!stats.isFile()) return undefined;
      return { sizeBytes: stats.size, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs };
    },
    locate: (file) => ({ path: join(root, file) }),
  };
}

function isFolder(path: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // a link to nothing or in a circle is no folder
  }
}
