// The entries of an archive as a tree of files, with what is not in it as problems. Like unpacking into an
// empty folder: the last entry of a name counts, a hard link is the file that it names. Unlike it, nothing
// is followed that could lead elsewhere, and archives in the archive stay closed.
import type { Problem } from '../dataset.ts';
import type { FileFacts, FileTree, TreeEntry } from '../file-tree.ts';
import type { ArchiveRange } from '../image-file.ts';
import { isImageName } from '../layout/image-names.ts';
import { splitOfName } from '../layout/split-names.ts';
import { isSystemName } from '../layout/system-names.ts';
import { archivePath, type ArchiveEntry } from './archive-entry.ts';
import type { GuessedEncoding } from './name-encoding.ts';

export interface ArchiveTree {
  readonly tree: FileTree;
  readonly problems: readonly Problem[];
  /** Of names in a zip; left out where it is said or needs none. */
  readonly nameEncoding?: GuessedEncoding | undefined;
}

export interface ArchivePlace {
  /** Shown to people. */
  readonly archive: string;
  /** Where the ranges are: the archive itself, or what it was inflated to. */
  readonly contents: string;
}

type Folder = Map<string, Folder | ArchiveRange>;

const ARCHIVES = /\.(?:zip|tar|tgz|tar\.\w+|gz|bz2|xz|zst|7z|rar)$/i;

export function buildArchiveTree(
  entries: readonly ArchiveEntry[],
  { archive, contents }: ArchivePlace,
): ArchiveTree {
  const { top, problems } = buildFolders(entries);
  const base = dataFolder(top);
  const prefix = base === '' ? '' : `${base}/`;
  const find = (path: string): Folder | ArchiveRange | undefined => walk(top, `${prefix}${path}`);
  const tree: FileTree = {
    root: base === '' ? archive : `${archive}/${base}`,
    entriesOf: (folder) => {
      const found = find(folder);
      return found instanceof Map ? [...found].map(toTreeEntry) : [];
    },
    identityOf: (folder) => folder,
    factsOf: (file): FileFacts | undefined => {
      const found = find(file);
      if (found === undefined || found instanceof Map) return undefined;
      return { sizeBytes: found.sizeBytes, mtimeMs: 0, ctimeMs: 0 };
    },
    locate: (file) => {
      const found = find(file);
      if (found === undefined || found instanceof Map) throw new Error(`${file} is no file.`);
      return { path: contents, range: found };
    },
  };
  return {
    tree,
    problems: problems.map(({ source, reason }) => ({
      source: source.startsWith(prefix) ? source.slice(prefix.length) : source,
      reason,
    })),
  };
}

function toTreeEntry([name, content]: [string, Folder | ArchiveRange]): TreeEntry {
  return { name, isFolder: content instanceof Map };
}

function buildFolders(entries: readonly ArchiveEntry[]): { top: Folder; problems: Problem[] } {
  const files = new Map<string, ArchiveRange>();
  const folders = new Set<string>();
  const problems: Problem[] = [];
  for (const entry of entries) {
    const named = archivePath(entry.name);
    if ('reason' in named) {
      problems.push({ source: entry.name, reason: named.reason });
      continue;
    }
    const { path } = named;
    if (path === '') continue;
    // Also of what is not read: it is a class all the same.
    addFolders(folders, entry.kind === 'folder' ? path : parentOf(path));
    if (entry.kind === 'folder') continue;
    const range = entry.kind === 'hard-link' ? linkedRange(files, entry) : entry.range;
    const isHidden = path.split('/').some(isSystemName);
    const reason = isHidden ? undefined : problemOf(path, entry, range);
    if (reason !== undefined) problems.push({ source: path, reason });
    if (reason !== undefined || range === undefined) continue;
    if (files.delete(path)) {
      problems.push({ source: path, reason: 'is in the archive more than once; the last is read' });
    }
    files.set(path, range);
  }
  const top: Folder = new Map();
  for (const path of folders) folderAt(top, path);
  for (const [path, range] of files) {
    if (folders.has(path)) {
      problems.push({ source: path, reason: 'is a file and a folder at once; the folder is read' });
    } else {
      folderAt(top, parentOf(path)).set(path.slice(path.lastIndexOf('/') + 1), range);
    }
  }
  return { top, problems };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function addFolders(folders: Set<string>, path: string): void {
  for (let each = path; each !== '' && !folders.has(each); each = parentOf(each)) folders.add(each);
}

/** Why an entry is left out; undefined for what is read, and for what is no image anyway. */
function problemOf(
  path: string,
  { kind, refusal, target }: ArchiveEntry,
  range: ArchiveRange | undefined,
): string | undefined {
  if (kind === 'symlink') return 'is a symbolic link, which is not followed in an archive';
  if (kind === 'device') return 'is neither file nor folder and is not read';
  if (kind === 'hard-link' && range === undefined) {
    return `is a link to ${target ?? ''}, which is not before it in the archive`;
  }
  if (ARCHIVES.test(path)) return 'is an archive in the archive and stays closed; unpack it';
  return refusal !== undefined && isImageName(path) ? refusal : undefined;
}

function linkedRange(
  files: ReadonlyMap<string, ArchiveRange>,
  { target = '' }: ArchiveEntry,
): ArchiveRange | undefined {
  const named = archivePath(target);
  return 'path' in named ? files.get(named.path) : undefined;
}

/** Makes the folders on the way. */
function folderAt(top: Folder, path: string): Folder {
  let folder = top;
  for (const name of path === '' ? [] : path.split('/')) {
    const found = folder.get(name);
    const inner: Folder = found instanceof Map ? found : new Map<string, Folder | ArchiveRange>();
    folder.set(name, inner);
    folder = inner;
  }
  return folder;
}

function walk(top: Folder, path: string): Folder | ArchiveRange | undefined {
  let found: Folder | ArchiveRange | undefined = top;
  for (const name of path.split('/')) {
    if (name === '') continue;
    if (!(found instanceof Map)) return undefined;
    found = found.get(name);
  }
  return found;
}

/** Archives usually hold one folder with everything in it: the dataset is what is inside. */
function dataFolder(top: Folder): string {
  const path: string[] = [];
  let folder = top;
  for (;;) {
    const [only, ...others] = [...folder].filter(
      ([name, content]) => content instanceof Map && !isSystemName(name),
    );
    if (only === undefined || others.length > 0) break;
    const [name, inner] = only;
    if (!(inner instanceof Map) || splitOfName(name) !== undefined) break;
    if (![...inner].some(([name, content]) => content instanceof Map && !isSystemName(name))) break;
    if ([...folder.keys()].some((other) => other !== name && isImageName(other))) break;
    path.push(name);
    folder = inner;
  }
  return path.join('/');
}
