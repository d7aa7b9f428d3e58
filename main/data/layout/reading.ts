// One way to read the folders of a dataset: which level holds splits, which classes. A layout names the
// levels from the outside in: `split/class` is train/cat/1.jpg, `class/split` is cat/train/1.jpg. Pure:
// a scanned tree in, files with split and class out, everything else counted by reason.
import { join } from 'node:path';
import { inputError } from '../../../shared/errors.ts';
import type { LayoutName } from '../../../shared/spec/layout.ts';
import { SPLIT_NAMES, type SplitName } from '../dataset.ts';
import { mergedNames, similarClasses } from './similar-classes.ts';
import type { ScannedFolder, ScannedImage } from './scan-tree.ts';
import { splitFoldersAmong, type SplitFolders } from './split-names.ts';
import { createUnusedCounter, type UnusedCounter, type UnusedFiles } from './unused-files.ts';
import { unwrapped, unwrappedSplit } from './unwrap.ts';

export interface ListedFile extends ScannedImage {
  readonly split: SplitName;
  readonly label: number;
}

export interface Reading {
  readonly layout: LayoutName;
  /** The folder that was read, relative to the root; '' unless it lies in a wrapper. */
  readonly base: string;
  /** Every folder that was taken for a split, by its path. */
  readonly splitFolders: readonly { readonly path: string; readonly split: SplitName }[];
  readonly classes: readonly string[];
  /** Train first, then val, then test; by class; then in torchvision's order of files. */
  readonly files: readonly ListedFile[];
  /** Images only. */
  readonly unused: readonly UnusedFiles[];
  /** Images that lie in folders below their class folder, and one of these folders. */
  readonly deeper: { readonly count: number; readonly example: string };
}

export interface ReadingOptions {
  /** Classes whose names differ only in case, spaces or composition of letters are one. */
  readonly mergeClasses?: boolean | undefined;
  /** Left out: today's rules. */
  readonly splitFolders?: (names: readonly string[]) => SplitFolders;
  /** For messages. */
  readonly rootPath: string;
}

interface Bucket {
  readonly split: SplitName;
  readonly className: string;
  readonly folder: string;
  readonly images: readonly ScannedImage[];
}

interface Work {
  readonly buckets: Bucket[];
  /** Also of classes without images: by the split in which their folder is. */
  readonly classFolders: {
    readonly split: SplitName;
    readonly name: string;
    readonly path: string;
  }[];
  readonly splitFolders: { readonly path: string; readonly split: SplitName }[];
  readonly unused: UnusedCounter;
  readonly splitsAmong: (names: readonly string[]) => SplitFolders;
  readonly rootPath: string;
  deeperCount: number;
  deeperExample: string;
}

/** @throws inputError `unknown-class`, `two-split-folders` */
export function readAs(
  root: ScannedFolder,
  layout: LayoutName,
  { mergeClasses = false, splitFolders = splitFoldersAmong, rootPath }: ReadingOptions,
): Reading {
  const base = unwrapped(root);
  const work: Work = {
    buckets: [],
    classFolders: [],
    splitFolders: [],
    unused: createUnusedCounter(),
    splitsAmong: splitFolders,
    rootPath,
    deeperCount: 0,
    deeperExample: '',
  };
  countAround(root, base, work);
  assign(work, base, { roles: rolesOf(layout), layout });
  const merged = mergeClasses
    ? mergedNames(work.buckets.map(({ className, images }) => [className, images.length]))
    : new Map<string, string>();
  const nameOf = (name: string): string => merged.get(name) ?? name;
  const classes = classesOf(work, nameOf);
  return {
    layout,
    base: base.path,
    splitFolders: work.splitFolders,
    classes,
    files: filesOf(work.buckets, classes, nameOf),
    unused: work.unused.list(),
    deeper: { count: work.deeperCount, example: work.deeperExample },
  };
}

type Role = 'folder' | 'split' | 'class';

function rolesOf(layout: LayoutName): readonly Role[] {
  if (layout === 'train/class' || layout === 'split/class+list') return ['split', 'class'];
  if (layout === 'class+split') return ['class'];
  return layout.split('/') as Role[];
}

/** What lies on the way to the base, beside the wrapper folders. */
function countAround(root: ScannedFolder, base: ScannedFolder, work: Work): void {
  for (let folder = root; folder !== base;) {
    for (const { path } of folder.images) work.unused.add('beside-classes', path);
    const inner = folder.folders.find(
      ({ path }) => path === base.path || base.path.startsWith(`${path}/`),
    );
    if (inner === undefined) return;
    folder = inner;
  }
}

interface Level {
  readonly roles: readonly Role[];
  readonly layout: LayoutName;
  readonly split?: SplitName;
  readonly className?: string;
}

function assign(work: Work, folder: ScannedFolder, level: Level): void {
  const [role, ...rest] = level.roles;
  if (role === undefined) {
    take(work, folder, level, folder.path);
    return;
  }
  const reason = looseReason(folder, level, role);
  for (const { path } of folder.images) work.unused.add(reason, path);
  const splits =
    role === 'split' || level.layout === 'class+split'
      ? work.splitsAmong(folder.folders.map(({ name }) => name))
      : new Map<string, SplitName>();
  if (role === 'split') requireDistinct(work, folder, splits);
  for (const child of trainFirst(folder.folders, splits)) {
    const split = splits.get(child.name);
    const inner = { ...level, roles: rest };
    if (role === 'folder') assign(work, child, inner);
    else if (split !== undefined && !(level.layout === 'class+split' && split === 'train')) {
      assignSplit(work, child, { ...level, roles: role === 'split' ? rest : ['class'], split });
    } else if (role === 'split') countAll(work, child);
    else assignClass(work, child, { ...inner, className: child.name });
  }
}

/** What the training split holds tells wrappers from classes in the others. */
function trainFirst(folders: readonly ScannedFolder[], splits: SplitFolders) {
  const isTrain = ({ name }: ScannedFolder): boolean => splits.get(name) === 'train';
  return [...folders.filter(isTrain), ...folders.filter((folder) => !isTrain(folder))];
}

function assignSplit(work: Work, folder: ScannedFolder, level: Level & { split: SplitName }): void {
  work.splitFolders.push({ path: folder.path, split: level.split });
  const trainClasses = work.classFolders.map(({ name }) => name);
  const inside = unwrappedSplit(folder, level.split === 'train' ? undefined : trainClasses);
  countAround(folder, inside, work);
  // Once inside, a folder of the name of a split is a class like any other.
  const layout = level.layout === 'class+split' ? 'class' : level.layout;
  assign(work, inside, { ...level, layout });
}

function assignClass(
  work: Work,
  folder: ScannedFolder,
  level: Level & { className: string },
): void {
  const split = level.split ?? 'train';
  work.classFolders.push({ split, name: level.className, path: folder.path });
  assign(work, folder, level);
}

/** All images below belong to the class. */
function take(work: Work, folder: ScannedFolder, level: Level, classFolder: string): void {
  if (folder.images.length > 0) {
    const { split = 'train', className = '' } = level;
    work.buckets.push({ split, className, folder: folder.path, images: folder.images });
    if (folder.path !== classFolder) {
      work.deeperCount += folder.images.length;
      if (work.deeperExample === '') work.deeperExample = folder.path;
    }
  }
  for (const child of folder.folders) take(work, child, level, classFolder);
}

function looseReason(folder: ScannedFolder, { split, className }: Level, role: Role) {
  if (role === 'split' && className !== undefined) return 'outside-splits';
  const holdsClasses = folder.folders.some(({ imageCount }) => imageCount > 0);
  return split !== undefined && !holdsClasses ? 'without-class' : 'beside-classes';
}

function countAll(work: Work, folder: ScannedFolder): void {
  if (folder.imageCount === 0) return;
  work.unused.add('outside-splits', `${folder.path}/`, folder.imageCount);
}

function requireDistinct(work: Work, folder: ScannedFolder, splits: SplitFolders): void {
  const earlier = new Map<SplitName, string>();
  for (const [name, split] of splits) {
    const other = earlier.get(split);
    if (other === undefined) {
      earlier.set(split, name);
      continue;
    }
    const path = join(work.rootPath, folder.path);
    throw inputError(
      'two-split-folders',
      `${path} holds both ${other} and ${name}, which mean the same split; keep one of them.`,
      { path, details: { folders: [other, name] } },
    );
  }
}

/** The folders of the training split; every other split must keep to them. */
function classesOf(work: Work, nameOf: (name: string) => string): string[] {
  const { classFolders, buckets } = work;
  const names = new Set(
    classFolders.filter(({ split }) => split === 'train').map(({ name }) => nameOf(name)),
  );
  const stray = buckets.find(({ className }) => !names.has(nameOf(className)));
  if (stray !== undefined) throw unknownClass(work, stray, [...names]);
  return [...names].sort();
}

function unknownClass(
  { splitFolders, rootPath }: Work,
  { split, className, folder }: Bucket,
  known: readonly string[],
): Error {
  const where = (name: SplitName): string => {
    const path = splitFolders.find((one) => one.split === name)?.path ?? '';
    return join(rootPath, path);
  };
  const similar = similarClasses([...known, className]).flat().length > 0;
  return inputError(
    'unknown-class',
    similar
      ? `${where(split)} has the class "${className}", which ${where('train')} writes in another way; rename it, or read both as one class with --merge-classes.`
      : `${where(split)} has the class "${className}", which ${where('train')} has not; rename or remove it.`,
    { path: join(rootPath, folder), details: { split, class: className, similar } },
  );
}

function filesOf(
  buckets: readonly Bucket[],
  classes: readonly string[],
  nameOf: (name: string) => string,
): ListedFile[] {
  const labels = new Map(classes.map((name, label) => [name, label]));
  const placed = buckets.map((bucket) => ({
    ...bucket,
    order: SPLIT_NAMES.indexOf(bucket.split),
    label: labels.get(nameOf(bucket.className)) ?? 0,
  }));
  placed.sort((a, b) => a.order - b.order || a.label - b.label || (a.folder < b.folder ? -1 : 1));
  return placed.flatMap(({ split, label, images }) =>
    images.map((image) => ({ ...image, split, label })),
  );
}
