// Walks a tree of files once and keeps its folders with their images; every other file is counted by
// reason or named as a problem. Opens only files whose names say nothing. Links are followed, but not to a folder that contains
// them, and only as deep and as far as the limits allow.
import { DEEPEST, MOST_FILES } from '../../../shared/limits.ts';
import { join } from 'node:path';
import { inputError } from '../../../shared/errors.ts';
import type { Problem } from '../dataset.ts';
import { readError, unreadable } from '../file-errors.ts';
import type { FileFacts, FileTree, TreeEntry } from '../file-tree.ts';
import type { ProgressMeter } from '../progress.ts';
import { beginsAsImage } from './first-bytes-of-images.ts';
import { isImageName, unreadFormat } from './image-names.ts';
import { isSystemName } from './system-names.ts';
import { createUnusedCounter, type UnusedCounter, type UnusedFiles } from './unused-files.ts';

export interface ScannedImage extends FileFacts {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
}

export interface ScannedFolder {
  readonly name: string;
  /** Relative to the root; '' is the root. */
  readonly path: string;
  /** By name, in code-unit order. */
  readonly images: readonly ScannedImage[];
  /** By name, in code-unit order. */
  readonly folders: readonly ScannedFolder[];
  /** Images here and below. */
  readonly imageCount: number;
  /** Other files here and below, without those of the system. */
  readonly otherCount: number;
}

export interface TreeScan {
  readonly root: ScannedFolder;
  readonly problems: readonly Problem[];
  /** Folders that lead out of the tree, and the first one; undefined if there are none. */
  readonly links: { readonly count: number; readonly example: string } | undefined;
  /** Without images: which of those are used depends on how the folders are read. */
  readonly unused: readonly UnusedFiles[];
}

export interface ScanOptions {
  readonly meter: ProgressMeter;
  /** Found on the way to the tree. */
  readonly known: readonly Problem[];
  /** Left out: today's. */
  readonly isSystem?: (name: string) => boolean;
  /** Whether images of other names are looked for, by their first bytes. */
  readonly detectsFormat?: boolean;
}

interface Walk {
  readonly tree: FileTree;
  readonly meter: ProgressMeter;
  readonly isSystem: (name: string) => boolean;
  readonly problems: Problem[];
  readonly unused: UnusedCounter;
  readonly detectsFormat: boolean;
  fileCount: number;
  readonly links: string[];
}

/** @throws inputError `too-many-files`, and what the root itself cannot be read for */
export async function scanTree(
  tree: FileTree,
  { meter, known, isSystem = isSystemName, detectsFormat = true }: ScanOptions,
): Promise<TreeScan> {
  const unused = createUnusedCounter();
  const walk: Walk = {
    tree,
    meter,
    isSystem,
    problems: [...known],
    unused,
    detectsFormat,
    fileCount: 0,
    links: [],
  };
  try {
    tree.entriesOf('');
  } catch (error) {
    throw readError(error, tree.root, 'dataset');
  }
  const root = await visit(walk, { name: '', path: '' }, []);
  if (root === undefined) throw new Error(`${tree.root} was listed twice and differed.`);
  meter.finish();
  const [example, ...others] = walk.links;
  const links = example === undefined ? undefined : { count: 1 + others.length, example };
  return { root, problems: walk.problems, links, unused: unused.list() };
}

type Place = Pick<ScannedFolder, 'name' | 'path'>;

/** Undefined for a folder that is not read; a problem says why. */
async function visit(
  walk: Walk,
  { name, path }: Place,
  ancestors: readonly string[],
): Promise<ScannedFolder | undefined> {
  const entered = enter(walk, path, ancestors);
  if (entered === undefined) return undefined;
  const images: ScannedImage[] = [];
  const folders: ScannedFolder[] = [];
  let imageCount = 0;
  let otherCount = 0;
  for (const entry of entered.entries) {
    const inner = path === '' ? entry.name : `${path}/${entry.name}`;
    if (walk.isSystem(entry.name)) {
      await passOver(walk, entry, inner, entered.ancestors);
    } else if (entry.isFolder) {
      const linksBefore = walk.links.length;
      const folder = await visit(walk, { name: entry.name, path: inner }, entered.ancestors);
      if (folder === undefined) continue;
      // Before those in it: the outermost is the one that somebody made.
      if (entry.leadsTo !== undefined) {
        walk.links.splice(linksBefore, 0, `${inner} → ${entry.leadsTo}`);
      }
      folders.push(folder);
      imageCount += folder.imageCount;
      otherCount += folder.otherCount;
    } else {
      await count(walk);
      const image = look(walk, entry, inner);
      if (image === undefined) otherCount++;
      else images.push(image);
    }
  }
  imageCount += images.length;
  return { name, path, images, folders, imageCount, otherCount };
}

interface Entered {
  readonly entries: readonly TreeEntry[];
  /** Of what is in the folder. */
  readonly ancestors: readonly string[];
}

function enter(walk: Walk, path: string, ancestors: readonly string[]): Entered | undefined {
  const found = tryToEnter(walk, path, ancestors);
  if (typeof found !== 'string') return found;
  walk.problems.push({ source: path, reason: found });
  return undefined;
}

/** Or why it is not read. */
function tryToEnter(walk: Walk, path: string, ancestors: readonly string[]): Entered | string {
  if (ancestors.length > DEEPEST) return `lies more than ${DEEPEST} folders deep`;
  try {
    const identity = walk.tree.identityOf(path);
    if (ancestors.includes(identity)) return 'is a link to a folder that contains it';
    const obstacle = walk.tree.obstacleTo?.(path);
    if (obstacle !== undefined) return obstacle;
    const entries = [...walk.tree.entriesOf(path)];
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    return { entries, ancestors: [...ancestors, identity] };
  } catch (error) {
    return unreadable(error);
  }
}

/** Counts the files of what is passed over by its name. */
async function passOver(
  walk: Walk,
  entry: TreeEntry,
  path: string,
  ancestors: readonly string[],
): Promise<void> {
  if (!entry.isFolder) {
    await count(walk);
    walk.unused.add('system-files', path);
    return;
  }
  let files = 0;
  const countIn = async (folder: string, above: readonly string[]): Promise<void> => {
    const inner = enterQuietly(walk.tree, folder, above);
    for (const { name, isFolder } of inner?.entries ?? []) {
      if (isFolder) {
        await countIn(`${folder}/${name}`, inner?.ancestors ?? []);
        continue;
      }
      files++;
      await count(walk);
    }
  };
  await countIn(path, ancestors);
  walk.unused.add('system-files', `${path}/`, files);
}

/** What the system keeps to itself (a recycle bin of somebody else) is nobody's problem. */
function enterQuietly(
  tree: FileTree,
  path: string,
  ancestors: readonly string[],
): Entered | undefined {
  if (ancestors.length > DEEPEST) return undefined;
  try {
    const identity = tree.identityOf(path);
    if (ancestors.includes(identity) || tree.obstacleTo?.(path) !== undefined) return undefined;
    return { entries: tree.entriesOf(path), ancestors: [...ancestors, identity] };
  } catch {
    return undefined;
  }
}

function count(walk: Walk): Promise<void> | undefined {
  walk.fileCount++;
  if (walk.fileCount <= MOST_FILES) return walk.meter.advance();
  const { root } = walk.tree;
  throw inputError(
    'too-many-files',
    `${root} holds more than ${MOST_FILES.toLocaleString('en')} files, links followed; give a folder that holds only the images, and look for a link in it that leads to a disk or a home folder.`,
    { path: root, details: { limit: MOST_FILES } },
  );
}

function look(walk: Walk, entry: TreeEntry, path: string): ScannedImage | undefined {
  const found = tryToLook(walk, entry, path);
  if (typeof found !== 'string') return found;
  walk.problems.push({ source: path, reason: found });
  return undefined;
}

/** Or why it is not used; undefined for what is counted by its reason. */
function tryToLook(walk: Walk, entry: TreeEntry, path: string): ScannedImage | string | undefined {
  if (entry.obstacle !== undefined) return entry.obstacle;
  const format = unreadFormat(path);
  if (format !== undefined) return format;
  const isNamed = isImageName(path);
  if (!isNamed && !walk.detectsFormat) {
    walk.unused.add('no-images', path);
    return undefined;
  }
  try {
    const facts = walk.tree.factsOf(path);
    // Only a regular file is looked into: a pipe would be waited for.
    if (!isNamed && !(facts !== undefined && beginsAsImage(walk.tree.locate(path), path))) {
      walk.unused.add('no-images', path);
      return undefined;
    }
    return facts === undefined ? 'is no file' : { path, ...facts };
  } catch (error) {
    return unreadable(error);
  }
}

/** For messages: the path of a folder of the tree. */
export function fullPath({ root }: FileTree, folder: string): string {
  return join(root, folder);
}
