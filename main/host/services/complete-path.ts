// Continues a typed path with the folders and dataset files that are there: folders first, hidden ones
// only when the dot was typed. What can't be read has no continuations; that is no error while typing.
import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { statUserPath } from '../../data/user-file.ts';
import { BUILTIN_PREFIX, listBuiltins } from '../../data/builtin.ts';
import { expandHome } from '../user-path.ts';

export interface PathCompletion {
  readonly path: string;
  readonly isFolder: boolean;
}

const shownPaths = 50;
/** A folder with a million files must not hold up the typing. */
const readEntries = 20_000;

export async function completePath(typed: string): Promise<PathCompletion[]> {
  if (typed !== '' && BUILTIN_PREFIX.startsWith(typed.slice(0, BUILTIN_PREFIX.length))) {
    const builtins = listBuiltins().filter(({ name }) => name.startsWith(typed));
    if (builtins.length > 0) return builtins.map(({ name }) => ({ path: name, isFolder: false }));
  }
  if (typed.includes('\0')) return [];
  const { folder, start } = splitTyped(typed);
  const found: PathCompletion[] = [];
  for (const entry of await entriesOf(folder)) {
    if (!isContinuation(entry.name, start)) continue;
    const full = path.join(folder, entry.name);
    const isFolder = await leadsToFolder(entry, full);
    if (isFolder || isDatasetFile(entry.name)) found.push({ path: full, isFolder });
  }
  return found
    .sort((a, b) => Number(b.isFolder) - Number(a.isFolder) || compare(a.path, b.path))
    .slice(0, shownPaths);
}

function splitTyped(typed: string): { folder: string; start: string } {
  const home = os.homedir();
  const expanded = typed === '' || typed === '~' ? `${home}/` : expandHome(typed);
  const isFolder = expanded.endsWith('/') || expanded.endsWith(path.sep);
  return isFolder
    ? { folder: path.resolve(expanded), start: '' }
    : { folder: path.resolve(path.dirname(expanded)), start: path.basename(expanded) };
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  try {
    await statUserPath(folder, 'folder');
    for await (const entry of await opendir(folder)) {
      entries.push(entry);
      if (entries.length >= readEntries) break;
    }
  } catch {
    // Not there, not a folder, not allowed: nothing to continue with.
  }
  return entries;
}

function isContinuation(name: string, start: string): boolean {
  if (name.startsWith('.') && !start.startsWith('.')) return false;
  return name.toLowerCase().startsWith(start.toLowerCase());
}

function isDatasetFile(name: string): boolean {
  return /\.(?:zip|tar|tar\.gz|tgz|safetensors|npz|parquet)$/i.test(name);
}

async function leadsToFolder(entry: Dirent, full: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return (await statUserPath(full, 'folder')).isDirectory();
  } catch {
    // A link to nowhere.
    return false;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
