// The Parquet files of a folder and their splits, by the names that Hugging Face's hub gives them:
// data/train-00000-of-00001.parquet, default/test/0000.parquet. Looks at names only.
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError } from '../../../shared/errors.ts';
import type { SplitName } from '../dataset.ts';
import { isImageName } from '../layout/image-names.ts';
import { splitFoldersAmong, splitOfName } from '../layout/split-names.ts';
import { isSystemName } from '../layout/system-names.ts';

export interface SplitFile {
  /** Relative to the folder, with forward slashes. */
  readonly file: string;
  readonly split: SplitName;
}

export interface FoundParquet {
  /** Train first, then val, then test; by name. */
  readonly files: readonly SplitFile[];
  /** Files of no split, although others have one. */
  readonly others: readonly string[];
  /** Of files that are numbered parts of a whole: those that are not there. */
  readonly missing: readonly string[];
}

const DEEPEST = 4;
const MOST_FILES = 20_000;
const ORDER: readonly SplitName[] = ['train', 'val', 'test'];

export function isParquetName(name: string): boolean {
  return /\.parquet$/i.test(name);
}

/**
 * Undefined if there are none, or images beside them, which are then the dataset.
 * @throws inputError `several-configurations`
 */
export async function findParquet(
  root: string,
  isAsked: boolean,
): Promise<FoundParquet | undefined> {
  const files: string[] = [];
  let count = 0;
  let level = [''];
  for (let depth = 0; depth <= DEEPEST && level.length > 0; depth++) {
    const below: string[] = [];
    for (const folder of level) {
      for (const entry of await entriesOf(join(root, folder))) {
        if (isSystemName(entry.name) || ++count > MOST_FILES) continue;
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) below.push(path);
        else if (isParquetName(entry.name)) files.push(path);
        else if (!isAsked && isImageName(entry.name)) return undefined;
      }
      // Folders full of other things are not searched to their end.
      if (count > MOST_FILES && files.length === 0) return undefined;
    }
    level = below;
  }
  return files.length === 0 ? undefined : sorted(root, files);
}

/** A folder that cannot be listed holds nothing here; whoever lists the dataset says why. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function sorted(root: string, files: readonly string[]): FoundParquet {
  files = [...files].sort();
  const splits = splitsOf(files);
  const named = files.filter((file) => splits.get(file) !== undefined);
  if (named.length === 0)
    return {
      files: files.map((file) => ({ file, split: 'train' })),
      ...{ others: [], missing: missingParts(files) },
    };
  requireOneConfiguration(root, named);
  const found = named.map((file) => ({ file, split: splits.get(file) ?? 'train' }) as const);
  return {
    files: found.sort((a, b) => ORDER.indexOf(a.split) - ORDER.indexOf(b.split)),
    others: files.filter((file) => !named.includes(file)),
    missing: missingParts(named),
  };
}

const NUMBERED = /^(.*-)(\d+)-of-(\d+)(.*)$/;

/** `train-00001-of-00003.parquet` where only the others of the three are there. */
function missingParts(files: readonly string[]): string[] {
  const wholes = new Map<string, { readonly total: string; readonly numbers: Set<number> }>();
  for (const file of files) {
    const [, stem, number, total = ''] = NUMBERED.exec(file) ?? [];
    if (stem === undefined) continue;
    const known = wholes.get(`${stem} ${total}`) ?? { total, numbers: new Set<number>() };
    known.numbers.add(Number(number));
    wholes.set(`${stem} ${total}`, known);
  }
  return [...wholes].flatMap(([key, { total, numbers }]) => {
    const stem = key.slice(0, key.lastIndexOf(' '));
    const all = Math.min(Number(total), MOST_FILES);
    return Array.from({ length: all }, (_, i) => i)
      .filter((i) => !numbers.has(i))
      .map((i) => `${stem}${String(i).padStart(total.length, '0')}-of-${total}.parquet`);
  });
}

/** By the file's name, else by the nearest folder whose name says it. */
function splitsOf(files: readonly string[]): ReadonlyMap<string, SplitName | undefined> {
  const own = new Map(files.map((file) => [file, stemOf(file)]));
  const byName = splitFoldersAmong([...new Set(own.values())]);
  return new Map(
    files.map((file) => {
      const folders = file.split('/').slice(0, -1).reverse();
      const ofFolder = folders
        .map((name) => splitOfName(name))
        .find((split) => split !== undefined);
      return [file, byName.get(own.get(file) ?? '') ?? ofFolder] as const;
    }),
  );
}

/** `train-00000-of-00002-abc.parquet` is `train`. */
function stemOf(file: string): string {
  const name = file.slice(file.lastIndexOf('/') + 1);
  return name.replace(/\.parquet$/i, '').replace(/-\d+-of-\d+.*$/, '');
}

/** A dataset of the hub may come in several versions, each in a folder of its own: they are not one. */
function requireOneConfiguration(root: string, files: readonly string[]): void {
  const configurations = new Set(
    files.map((file) => {
      const folders = file.split('/').slice(0, -1);
      return folders.filter((name) => splitOfName(name) === undefined).join('/');
    }),
  );
  if (configurations.size === 1) return;
  const names = [...configurations].map((name) => `"${name}"`).join(', ');
  throw inputError(
    'several-configurations',
    `${root} holds Parquet files of several configurations: ${names}; give the folder of one of them.`,
    { path: root, details: { configurations: [...configurations] } },
  );
}
