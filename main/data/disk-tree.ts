// A folder on the disk as a tree of files. Links are followed, as torchvision does, but not to a folder
// above the dataset and not into the kernel's own file systems. Names that are not UTF-8 are shown with
// `\xNN` for their odd bytes and keep their bytes. Synchronous: for many small answers a round trip
// through libuv's threads costs several times the answer.
import { readdirSync, realpathSync, statfsSync, statSync, type Dirent } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { FileTree, TreeEntry } from './file-tree.ts';
import { createRawNames, type RawNames } from './raw-names.ts';

/** By the magic numbers of Linux: proc, sysfs, devpts, cgroup (2), debugfs, securityfs, bpf, tracefs. */
const KERNEL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  ...[0x9fa0, 0x62656572, 0x1cd1, 0x27e0eb, 0x63677270, 0x64626720, 0x73636673],
  ...[0xcafe4a11, 0x74726163],
]);

export function diskTree(root: string): FileTree {
  const names = createRawNames();
  const placeOf = (path: string): string | Buffer => names.placeOf(root, path);
  const above = foldersAbove(root);
  const devices = new Set<number>();
  return {
    root,
    entriesOf: (folder) => {
      const place = placeOf(folder);
      return readdirSync(place, { withFileTypes: true, encoding: 'buffer' }).map((entry) =>
        toEntry(entry, folder, { root, names, placeOf }),
      );
    },
    identityOf: (folder) => identityOf(placeOf(folder)),
    obstacleTo: (folder) => {
      if (folder === '') return undefined;
      const place = placeOf(folder);
      if (above.has(identityOf(place))) return 'is a link to a folder that contains the dataset';
      if (process.platform !== 'linux') return undefined;
      const { dev } = statSync(place);
      if (devices.has(dev)) return undefined;
      if (KERNEL_FILE_SYSTEMS.has(statfsSync(place).type)) {
        return 'belongs to the kernel and is not listed';
      }
      devices.add(dev);
      return undefined;
    },
    factsOf: (file) => {
      const stats = statSync(placeOf(file));
      if (!stats.isFile()) return undefined;
      return { sizeBytes: stats.size, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs };
    },
    locate: (file) => {
      const place = placeOf(file);
      return typeof place === 'string'
        ? { path: place }
        : { path: join(root, file), rawPath: place.toString('hex') };
    },
  };
}

/** Numbers are too large for a double on Windows. */
function identityOf(place: string | Buffer): string {
  if (process.platform === 'win32') return realpathSync(place);
  const { dev, ino } = statSync(place);
  return `${dev}:${ino}`;
}

/** The folders that contain `root`, by identity. */
function foldersAbove(root: string): ReadonlySet<string> {
  const found = new Set<string>();
  try {
    for (let path = realpathSync(root); path !== dirname(path);) {
      path = dirname(path);
      found.add(identityOf(path));
    }
  } catch {
    // A folder that cannot be read is reported when it is listed.
  }
  return found;
}

interface Naming {
  readonly root: string;
  readonly names: RawNames;
  readonly placeOf: (path: string) => string | Buffer;
}

function toEntry(
  entry: Dirent<Buffer>,
  folder: string,
  { root, names, placeOf }: Naming,
): TreeEntry {
  const name = names.nameOf(folder, entry.name);
  if (entry.isDirectory()) return { name, isFolder: true };
  if (entry.isFile()) return { name, isFolder: false };
  if (!entry.isSymbolicLink()) return { name, isFolder: false, obstacle: specialKind(entry) };
  try {
    const path = folder === '' ? name : `${folder}/${name}`;
    const target = statSync(placeOf(path));
    if (target.isDirectory()) {
      return { name, isFolder: true, leadsTo: outside(placeOf(path), root) };
    }
    return target.isFile()
      ? { name, isFolder: false }
      : { name, isFolder: false, obstacle: `${specialKind(target)} (by a link)` };
  } catch {
    // A link to nothing or in a circle is no folder; reading it tells which.
    return { name, isFolder: false };
  }
}

/** Undefined for a place in the dataset itself. */
function outside(place: string | Buffer, root: string): string | undefined {
  const there = realpathSync(place);
  return there.startsWith(realpathSync(root) + sep) ? undefined : there;
}

function specialKind(entry: Pick<Dirent, 'isFIFO' | 'isSocket' | 'isCharacterDevice'>): string {
  if (entry.isFIFO()) return 'is a named pipe and is not opened';
  if (entry.isSocket()) return 'is a socket and is not opened';
  return 'is a device and is not opened';
}
