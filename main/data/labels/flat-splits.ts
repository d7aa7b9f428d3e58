// Class folders for training, and a val or test folder that holds its images without class folders, with a
// list of labels beside them: ImageNet (val.txt, LOC_val_solution.csv), tiny-imagenet-200
// (val/val_annotations.txt), GTSRB (Test.csv). The list puts the images into the folders of their classes, and
// the tree is then read by its folders like any other.
import { AppError, inputError } from '../../../shared/errors.ts';
import type { Problem, SplitName } from '../dataset.ts';
import type { FileTree } from '../file-tree.ts';
import { isUnreadable, readImageFile } from '../image-file.ts';
import type { ScannedFolder, ScannedImage } from '../layout/scan-tree.ts';
import { splitFoldersAmong } from '../layout/split-names.ts';
import { createUnusedCounter, type UnusedFiles } from '../layout/unused-files.ts';
import { unwrapped, unwrappedSplit } from '../layout/unwrap.ts';
import { createProgressMeter, type Watch } from '../progress.ts';
import { createImageIndex, type ImageIndex } from './image-index.ts';
import { classLabelsOf, knownClasses, type KnownClasses } from './known-classes.ts';
import { chooseColumns, parseColumns, type ChosenColumns } from './label-columns.ts';
import { readTable, type LabelTable } from './label-table.ts';
import {
  LISTED_ROWS,
  listOf,
  listsAmong,
  splitOfFile,
  textOf,
  type LabelList,
} from './labelled-reading.ts';

export interface FlatSplits {
  /** The tree with the labelled images in folders of their classes, and without those that have no label. */
  readonly root: ScannedFolder;
  readonly lists: readonly LabelList[];
  readonly problems: readonly Problem[];
  /** Images of these splits without a label. */
  readonly unused: readonly UnusedFiles[];
}

/** Nothing could be made of the lists; why that is so for the first one that names the images. */
export interface NoFlatSplits {
  readonly doubt: string | undefined;
}

/** A val or test folder without class folders. */
interface FlatSplit {
  readonly split: SplitName;
  readonly folder: ScannedFolder;
}

interface Job {
  readonly tree: FileTree;
  readonly root: ScannedFolder;
  readonly base: ScannedFolder;
  readonly train: ScannedFolder;
  readonly flat: readonly FlatSplit[];
  readonly classes: KnownClasses;
  readonly columns: string | undefined;
}

const MOST_LISTS = 20;

/** Undefined if there is no such split. @throws inputError `ambiguous-columns`, `bad-columns`, `unknown-column` */
export async function readFlatSplits(
  tree: FileTree,
  root: ScannedFolder,
  { columns, watch }: { readonly columns: string | undefined; readonly watch: Watch },
): Promise<FlatSplits | NoFlatSplits | undefined> {
  const job = jobOf(tree, root, columns);
  if (job === undefined) return undefined;
  const tables = await readTables(job, watch);
  const numbered = once(() => numbersOfTrain(job, tables));
  const found: Labelling[] = [];
  let doubt: string | undefined;
  for (const table of tables) {
    const labelling = labellingBy(table, job, numbered);
    if (labelling === undefined) continue;
    if ('reason' in labelling) doubt ??= `${table.file} names its images, but ${labelling.reason}`;
    else found.push(labelling);
  }
  const best = bestOfEach(found);
  return best.length === 0 ? { doubt } : combine(best, job);
}

function jobOf(tree: FileTree, root: ScannedFolder, columns: string | undefined): Job | undefined {
  const base = unwrapped(root);
  const splits = splitFoldersAmong(base.folders.map(({ name }) => name));
  const named = base.folders.filter(({ name, imageCount }) => imageCount > 0 && splits.has(name));
  const train = named.find(({ name }) => splits.get(name) === 'train');
  if (train === undefined) return undefined;
  const names = holdersIn(unwrappedSplit(train, undefined)).map(({ name }) => name);
  const flat = named.flatMap((folder): FlatSplit[] => {
    const split = splits.get(folder.name) ?? 'train';
    const inside = holdersIn(unwrappedSplit(folder, names));
    const isFlat = split !== 'train' && !inside.some(({ name }) => names.includes(name));
    return isFlat ? [{ split, folder }] : [];
  });
  if (names.length === 0 || flat.length === 0) return undefined;
  const classes = knownClasses([...names].sort());
  return { tree, root, base, train, flat, classes, columns };
}

/** In the folders down to the dataset's own, in folders beside its splits, and with the images. */
async function readTables(
  { tree, root, base, train, flat, columns }: Job,
  watch: Watch,
): Promise<LabelTable[]> {
  const wanted = columns === undefined ? {} : parseColumns(columns);
  const chain = chainTo(root, base);
  const beside = chain.flatMap(({ folders }) => folders.filter((one) => one.imageCount === 0));
  const within = flat.flatMap(({ folder }) => [folder, ...folder.folders]);
  const paths = listsAmong(tree, [...chain, ...beside.slice(0, 50), train, ...within.slice(0, 50)])
    .filter((path) => wanted.file === undefined || path.endsWith(wanted.file))
    .slice(0, MOST_LISTS);
  const meter = createProgressMeter('list', undefined, watch);
  const tables: LabelTable[] = [];
  for (const path of paths) {
    const bytes = readImageFile(tree.locate(path));
    if (isUnreadable(bytes)) continue;
    try {
      tables.push(await readTable(path, bytes, meter));
    } catch (error) {
      // A text that is no table (a readme, a licence) says nothing of the images.
      if (!(error instanceof AppError)) throw error;
    }
  }
  return tables;
}

function chainTo(root: ScannedFolder, base: ScannedFolder): ScannedFolder[] {
  if (root === base) return [root];
  const next = root.folders.find(
    ({ path }) => path === base.path || base.path.startsWith(`${path}/`),
  );
  return next === undefined ? [root] : [root, ...chainTo(next, base)];
}

interface Labelling {
  readonly list: LabelList;
  readonly split: FlatSplit;
  /** By the path of the image. */
  readonly classNames: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

/** Undefined if the list does not name these images. */
function labellingBy(
  table: LabelTable,
  job: Job,
  numbered: () => ReadonlyMap<number, string> | undefined,
): Labelling | { readonly reason: string } | undefined {
  for (const split of splitsOfList(table.file, job)) {
    const index = createImageIndex(split.folder);
    const wanted = job.columns === undefined ? {} : parseColumns(job.columns);
    const chosen = chooseColumns(table, index, wanted, (cell) => job.classes.isClass(cell));
    if (chosen === undefined) continue;
    const rows = table.rows.slice(chosen.hasHeader ? 1 : 0);
    const texts = rows
      .filter((row) => index.find(row[chosen.image] ?? '') !== undefined)
      .map((row) => textOf(row, chosen));
    const labels = classLabelsOf(texts, job.classes, numbered);
    if ('reason' in labels) return labels;
    return readRows({ table, chosen, split, index, labels }, job);
  }
  return undefined;
}

/** The one of its name or of the folder it lies in; else each that it may be of. */
function splitsOfList(file: string, { flat }: Job): readonly FlatSplit[] {
  const own = flat.filter(({ folder }) => file.startsWith(`${folder.path}/`));
  if (own.length > 0) return own;
  const named = splitOfFile(file);
  return named === undefined ? flat : flat.filter(({ split }) => split === named);
}

interface Rows {
  readonly table: LabelTable;
  readonly chosen: ChosenColumns;
  readonly split: FlatSplit;
  readonly index: ImageIndex;
  readonly labels: Exclude<ReturnType<typeof classLabelsOf>, { reason: string }>;
}

function readRows({ table, chosen, split, index, labels }: Rows, job: Job): Labelling {
  const everywhere = once(() => createImageIndex(job.base));
  const classNames = new Map<string, string>();
  const problems: Problem[] = [];
  let unmatchedRows = 0;
  const refuse = (row: number, cell: string, reason: string): void => {
    if (++unmatchedRows > LISTED_ROWS) return;
    problems.push({ source: `${table.file}, row ${row + 1} (${cell.slice(0, 200)})`, reason });
  };
  for (const [i, row] of table.rows.entries()) {
    if (i === 0 && chosen.hasHeader) continue;
    const cell = row[chosen.image] ?? '';
    const image = index.find(cell);
    if (image === undefined) {
      // A list of all splits names training images too, which have their class already.
      if (everywhere().find(cell) === undefined) refuse(i, cell, 'names no image');
      continue;
    }
    const label = labels.resolve(textOf(row, chosen));
    const earlier = classNames.get(image.path);
    if ('reason' in label) refuse(i, cell, label.reason);
    else if (earlier !== undefined && earlier !== label.className) {
      refuse(i, cell, `gives another label than an earlier row: "${earlier}"`);
    } else classNames.set(image.path, label.className);
  }
  if (unmatchedRows > LISTED_ROWS) {
    const more = unmatchedRows - LISTED_ROWS;
    problems.push({ source: table.file, reason: `has ${more} more rows that cannot be used` });
  }
  const { numbering } = labels;
  const list: LabelList = {
    ...listOf(table, chosen, unmatchedRows),
    labels: split.split,
    ...(numbering === undefined ? {} : { numbering }),
  };
  return { list, split, classNames, problems };
}

/** Which class each number is, by a list that names training images; undefined if none is consistent. */
function numbersOfTrain(
  { train, classes, base }: Job,
  tables: readonly LabelTable[],
): ReadonlyMap<number, string> | undefined {
  const inside = unwrappedSplit(train, undefined);
  const index = once(() => createImageIndex(inside));
  const candidates = tables.filter(({ file }) => {
    const named = splitOfFile(file);
    return named === undefined || named === 'train' || file.startsWith(`${base.path}/`);
  });
  for (const { rows } of candidates) {
    const numbers = new Map<number, string>();
    const isConsistent = rows.every((row) => {
      const text = row.at(-1) ?? '';
      const image = /^\d{1,9}$/.test(text) ? index().find(row[0] ?? '') : undefined;
      if (image === undefined) return true;
      const below = image.path.slice(inside.path === '' ? 0 : inside.path.length + 1);
      const [className = ''] = below.split('/');
      const known = numbers.get(Number(text));
      numbers.set(Number(text), known ?? className);
      return known === undefined || known === className;
    });
    const isOneToOne = new Set(numbers.values()).size === numbers.size;
    if (isConsistent && isOneToOne && numbers.size > 0 && numbers.size === classes.names.length) {
      return numbers;
    }
  }
  return undefined;
}

/** The list that labels most images of a split. @throws inputError `ambiguous-columns` if another differs */
function bestOfEach(found: readonly Labelling[]): Labelling[] {
  const best = new Map<FlatSplit, Labelling>();
  const sorted = [...found].sort((a, b) => b.classNames.size - a.classNames.size);
  for (const labelling of sorted) {
    const chosen = best.get(labelling.split);
    if (labelling.classNames.size === 0) continue;
    if (chosen === undefined) {
      best.set(labelling.split, labelling);
      continue;
    }
    const differs = [...labelling.classNames].some(([path, name]) => {
      const other = chosen.classNames.get(path);
      return other !== undefined && other !== name;
    });
    if (!differs) continue;
    const files = [chosen.list.file, labelling.list.file];
    throw inputError(
      'ambiguous-columns',
      `${files.join(' and ')} give the images of ${labelling.split.folder.path} different classes; say which is right with --columns file=${files[0]}.`,
      { path: chosen.list.file, details: { files } },
    );
  }
  return [...best.values()];
}

function combine(best: readonly Labelling[], { root }: Job): FlatSplits {
  const unused = createUnusedCounter();
  let labelled = root;
  for (const { split, classNames } of best) {
    const { images } = createImageIndex(split.folder);
    for (const { path } of images) if (!classNames.has(path)) unused.add('not-in-list', path);
    const used = images.filter(({ path }) => classNames.has(path));
    labelled = replaced(labelled, inClassFolders(split.folder, used, classNames));
  }
  return {
    root: labelled,
    lists: best.map(({ list }) => list),
    problems: best.flatMap(({ problems }) => problems),
    unused: unused.list(),
  };
}

/** The split's folder as it would be with class folders; images keep their paths. */
function inClassFolders(
  folder: ScannedFolder,
  images: readonly ScannedImage[],
  classNames: ReadonlyMap<string, string>,
): ScannedFolder {
  const byClass = new Map<string, ScannedImage[]>();
  for (const image of images) {
    const name = classNames.get(image.path) ?? '';
    const own = byClass.get(name);
    if (own === undefined) byClass.set(name, [image]);
    else own.push(image);
  }
  const folders = [...byClass].map(([name, own]): ScannedFolder => {
    own.sort((a, b) => (a.path < b.path ? -1 : 1));
    const { path } = folder;
    return { name, path, images: own, folders: [], imageCount: own.length, otherCount: 0 };
  });
  folders.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { ...folder, images: [], folders, imageCount: images.length };
}

/** The tree with one folder replaced, and counts above it as they are then. */
function replaced(tree: ScannedFolder, folder: ScannedFolder): ScannedFolder {
  if (tree.path === folder.path) return folder;
  if (!(tree.path === '' || folder.path.startsWith(`${tree.path}/`))) return tree;
  const folders = tree.folders.map((one) => replaced(one, folder));
  const below = folders.reduce((sum, { imageCount }) => sum + imageCount, 0);
  return { ...tree, folders, imageCount: tree.images.length + below };
}

function holdersIn({ folders }: ScannedFolder): ScannedFolder[] {
  return folders.filter(({ imageCount }) => imageCount > 0);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
