// Lists a tree of files as a dataset: one walk, then the one reading of its folders that is clear or was
// asked for. Classes are folder names in code-unit order, as in torchvision's ImageFolder. Reads names and
// times only, no pictures.
import { AppError, inputError } from '../../shared/errors.ts';
import { LAYOUT_NAMES, type LayoutName } from '../../shared/spec/layout.ts';
import { SPLIT_NAMES, type Problem } from './dataset.ts';
import type { GuessedEncoding } from './archive/name-encoding.ts';
import type { FileTree } from './file-tree.ts';
import { findLayouts, type PossibleLayouts } from './layout/find-layouts.ts';
import {
  describeOutline,
  factsOf,
  outlineReading,
  type LayoutFacts,
  type ReadingOutline,
} from './layout/layout-facts.ts';
import { readAs, type ListedFile, type Reading, type ReadingOptions } from './layout/reading.ts';
import { fullPath, scanTree, type ScannedFolder, type TreeScan } from './layout/scan-tree.ts';
import { splitFoldersAmong, splitFoldersOfRules1 } from './layout/split-names.ts';
import { isSystemName, isSystemNameOfRules1 } from './layout/system-names.ts';
import type { UnusedFiles } from './layout/unused-files.ts';
import { unwrapped } from './layout/unwrap.ts';
import { readFlatSplits } from './labels/flat-splits.ts';
import {
  listsIn,
  readByLists,
  type LabelledReading,
  type LabelList,
} from './labels/labelled-reading.ts';
import { createProgressMeter, type Watch } from './progress.ts';

export type { ListedFile } from './layout/reading.ts';

export interface FolderListing {
  readonly tree: FileTree;
  readonly classes: readonly string[];
  /** Train first, then val, then test; by class; then in torchvision's order of files. */
  readonly files: readonly ListedFile[];
  readonly problems: readonly Problem[];
  readonly unused: readonly UnusedFiles[];
  readonly layout: LayoutFacts;
}

/** How folders become classes and splits. */
export interface LayoutOptions {
  /** One of the layout names; left out: what is clear from the folders. */
  readonly layout?: string | undefined;
  /** Of a list of labels: `image=id,label=breed`; left out: what is clear from the list. */
  readonly columns?: string | undefined;
  /** Class names that differ only in case, spaces or composition of letters are one class. */
  readonly mergeClasses?: boolean | undefined;
  /** 1: as before layouts were told apart, so that runs of that time find their data. Left out: 2. */
  readonly rules?: 1 | 2 | undefined;
}

/** What an archive knows of its own tree. */
export interface FromArchive {
  readonly known?: readonly Problem[];
  readonly nameEncoding?: GuessedEncoding | undefined;
}

/** Raised when the same tree and options may give another listing. */
export const LISTING_VERSION = 5;
const LISTED_PROBLEMS = 100;

/**
 * `known` are problems that were found on the way to the tree.
 * @throws inputError `ambiguous-layout` with the readings in its details, `unknown-layout`, `no-images`,
 * `no-class-folders`, `unmatched-labels`, `no-train-split`, `two-split-folders`, `unknown-class`, `too-many-files`
 */
export async function listImageFolder(
  tree: FileTree,
  watch: Watch = {},
  { known = [], nameEncoding, ...options }: LayoutOptions & FromArchive = {},
): Promise<FolderListing> {
  const isOld = options.rules === 1 && options.layout === undefined;
  const scan = await scanTree(tree, {
    meter: createProgressMeter('list', undefined, watch),
    known,
    isSystem: isOld ? isSystemNameOfRules1 : isSystemName,
    detectsFormat: !isOld,
  });
  const listing = await listScanned(tree, scan, { ...options, isOld, watch });
  const { links } = scan;
  const layout: LayoutFacts = {
    ...listing.layout,
    ...(links === undefined ? {} : { links }),
    ...(nameEncoding === undefined ? {} : { nameEncoding }),
  };
  return { ...listing, layout };
}

async function listScanned(
  tree: FileTree,
  scan: TreeScan,
  { isOld, ...options }: LayoutOptions & { readonly isOld: boolean; readonly watch: Watch },
): Promise<FolderListing> {
  if (!isOld) {
    const listed =
      (await readFlatLists(tree, scan, options)) ?? (await readLists(tree, scan, options));
    if (listed !== undefined) return listed;
  }
  const { reading, layout } = isOld ? readByRules1(tree, scan) : readByRules2(tree, scan, options);
  return {
    tree,
    classes: reading.classes,
    files: reading.files,
    problems: scan.problems,
    unused: [...scan.unused, ...reading.unused],
    layout,
  };
}

/**
 * Class folders for training and a list for a val or test folder without them. Undefined if there is none.
 * @throws inputError `ambiguous-layout` if a val folder's list can't be read, `no-label-list`
 */
async function readFlatLists(
  tree: FileTree,
  scan: TreeScan,
  { layout, columns, mergeClasses, watch }: LayoutOptions & { readonly watch: Watch },
): Promise<FolderListing | undefined> {
  const isWanted = layout === 'split/class+list';
  if (layout !== undefined && !isWanted) return undefined;
  const found = await readFlatSplits(tree, scan.root, { columns, watch });
  if (found === undefined || 'doubt' in found) {
    if (isWanted) throw noLabelList(tree, found?.doubt);
    if (found?.doubt !== undefined) refuseFlatVal(tree, scan, found.doubt);
    return undefined;
  }
  const { root, lists, problems, unused } = found;
  const reader: ReadingOptions = { mergeClasses, rootPath: tree.root };
  const reading = readAs(root, 'split/class+list', reader);
  const others = outlinesOf(scan.root, { layouts: ['train/class'] }, reader);
  const isMerged = mergeClasses === true;
  const facts = factsOf({ ...reading, unused: [...reading.unused, ...unused] }, others, {
    ...{ isChosen: isWanted, isMerged },
  });
  return {
    tree,
    classes: reading.classes,
    files: reading.files,
    problems: [...scan.problems, ...problems],
    unused: [...withoutFiles(scan.unused, lists), ...reading.unused, ...unused],
    layout: { ...facts, lists, ...(columns === undefined ? {} : { columns }) },
  };
}

/** A val folder that would be passed over is asked about, with what is wrong with its list. */
function refuseFlatVal(tree: FileTree, { root }: TreeScan, doubt: string): void {
  const possible = findLayouts(root);
  if (possible.doubt === undefined) return;
  const readings = outlinesOf(root, possible, { rootPath: tree.root });
  throw ambiguous(tree, readings, `${possible.doubt}; ${doubt}`);
}

/** A reading by a list of labels, where there is one and the folders do not say more. */
async function readLists(
  tree: FileTree,
  scan: TreeScan,
  { watch, ...options }: LayoutOptions & { readonly watch: Watch },
): Promise<FolderListing | undefined> {
  const { layout, columns } = options;
  const isWanted = layout === 'list' || columns !== undefined;
  if (layout !== undefined && !isWanted) return undefined;
  const byFolders = isWanted ? undefined : tryFolders(tree, scan, options);
  let found: LabelledReading | undefined;
  try {
    found = await readByLists(tree, scan.root, { columns, watch });
  } catch (error) {
    // The folders say what the images are; what their lists are is nobody's concern.
    if (byFolders === undefined) throw error;
    return undefined;
  }
  if (found === undefined) {
    if (isWanted) throw noLabelList(tree);
    if (byFolders === undefined) refuseUnmatchedTable(tree, scan, options);
    return undefined;
  }
  if (byFolders !== undefined) {
    if (found.share < WORTH_ASKING || agree(byFolders, found.reading)) return undefined;
    const own = outlineReading(byFolders);
    const files = found.lists.map(({ file }) => file).join(', ');
    throw ambiguous(
      tree,
      [outlineReading(found.reading), own],
      `${files} gives other classes than the folders`,
    );
  }
  const { reading, lists, problems } = found;
  const facts = factsOf(reading, [], { isChosen: isWanted, isMerged: false });
  return {
    tree,
    classes: reading.classes,
    files: reading.files,
    problems: [...scan.problems, ...problems],
    unused: [...withoutFiles(scan.unused, lists), ...reading.unused],
    layout: { ...facts, lists, ...(columns === undefined ? {} : { columns }) },
  };
}

/**
 * Images of one folder with a table of other names beside them: read by folders they would silently be one
 * class. @throws inputError `unmatched-labels`
 */
function refuseUnmatchedTable(tree: FileTree, scan: TreeScan, options: LayoutOptions): void {
  const [table] = listsIn(tree, scan.root).filter((path) => /\.[ct]sv$/i.test(path));
  if (table === undefined || scan.root.imageCount === 0) return;
  try {
    if (readByRules2(tree, scan, options).reading.classes.length > 1) return;
  } catch (error) {
    // Every other error says more about the folders than the table does.
    if (!(error instanceof AppError) || error.code !== 'no-class-folders') return;
  }
  throw inputError(
    'unmatched-labels',
    `${tree.root} has no folders for several classes, and no row of ${table} names one of its images. Write the file names of the images into one column of it, or put the images of each class into a folder of its own.`,
    { path: table },
  );
}

/** The lists that are read are not among the files that are passed over. */
function withoutFiles(unused: readonly UnusedFiles[], lists: readonly LabelList[]): UnusedFiles[] {
  const files = new Set(lists.map(({ file }) => file));
  return unused.flatMap((group) => {
    if (group.code !== 'no-images') return [group];
    const count = group.count - files.size;
    const examples = group.examples.filter((path) => !files.has(path));
    return count > 0 ? [{ ...group, count, examples }] : [];
  });
}

/** Of the images; a list that knows fewer does not describe the dataset. */
const WORTH_ASKING = 0.9;

/** The folders' own reading if it gives a classifier something to tell apart. */
function tryFolders(tree: FileTree, scan: TreeScan, options: LayoutOptions): Reading | undefined {
  try {
    const { reading } = readByRules2(tree, scan, options);
    const isMost = reading.files.length * 2 > scan.root.imageCount;
    return reading.classes.length > 1 && isMost ? reading : undefined;
  } catch {
    return undefined; // whatever is wrong with the folders, the list may know
  }
}

/** Whether nearly every image has the same class by both. */
function agree(folders: Reading, list: Reading): boolean {
  const names = new Map(folders.files.map(({ path, label }) => [path, folders.classes[label]]));
  const same = list.files.filter(({ path, label }) => names.get(path) === list.classes[label]);
  return same.length >= list.files.length * WORTH_ASKING;
}

function noLabelList({ root }: FileTree, doubt?: string): Error {
  return inputError(
    'no-label-list',
    doubt === undefined
      ? `${root} holds no list of labels that names its images; it is a .csv, .tsv or .txt beside them.`
      : `${root} cannot be read by a list: ${doubt}.`,
    { path: root },
  );
}

interface Read {
  readonly reading: Reading;
  readonly layout: LayoutFacts;
}

function readByRules2(tree: FileTree, scan: TreeScan, options: LayoutOptions): Read {
  const { root } = scan;
  const possible = findLayouts(root);
  const wanted = options.layout === undefined ? undefined : requireLayout(options.layout);
  if (wanted === undefined) requireReadable(tree, scan);
  const reader: ReadingOptions = { mergeClasses: options.mergeClasses, rootPath: tree.root };
  if (wanted === undefined && possible.doubt !== undefined) {
    throw ambiguous(tree, outlinesOf(root, possible, reader), possible.doubt);
  }
  const [first = 'class'] = possible.layouts;
  const reading = readAs(root, wanted ?? first, reader);
  if (reading.classes.length === 0) throw noClassFolders(tree, scan, reading.base);
  return {
    reading,
    layout: factsOf(reading, outlinesOf(root, possible, reader), {
      isChosen: wanted !== undefined && (possible.doubt !== undefined || wanted !== first),
      isMerged: options.mergeClasses === true,
    }),
  };
}

/** Train, val, valid, validation and test at the top, else every folder a class; nothing is asked. */
function readByRules1(tree: FileTree, scan: TreeScan): Read {
  const { root } = scan;
  const splits = splitFoldersOfRules1(unwrapped(root).folders.map(({ name }) => name));
  const layout = [...splits.values()].includes('train') ? 'split/class' : 'class';
  const reading = readAs(root, layout, {
    splitFolders: splitFoldersOfRules1,
    rootPath: tree.root,
  });
  if (reading.classes.length === 0) throw noClassFolders(tree, scan, reading.base);
  return { reading, layout: factsOf(reading, [], { isChosen: false, isMerged: false }) };
}

/** Those that can be read at all. */
function outlinesOf(
  root: ScannedFolder,
  { layouts }: PossibleLayouts,
  options: ReadingOptions,
): ReadingOutline[] {
  return layouts.flatMap((layout) => {
    try {
      return [outlineReading(readAs(root, layout, options))];
    } catch {
      return []; // its classes do not agree: offered, it could only be refused
    }
  });
}

function requireLayout(text: string): LayoutName {
  const found = LAYOUT_NAMES.find((name) => name === text);
  if (found !== undefined) return found;
  throw inputError(
    'unknown-layout',
    `There is no layout "${text}"; there is ${LAYOUT_NAMES.join(', ')}.`,
    { path: 'layout', details: { given: text, known: [...LAYOUT_NAMES] } },
  );
}

/** What no reading could be made of. */
function requireReadable(tree: FileTree, scan: TreeScan): void {
  const base = unwrapped(scan.root);
  const splits = splitFoldersAmong(base.folders.map(({ name }) => name));
  const holders = base.folders.filter(({ imageCount }) => imageCount > 0);
  const path = fullPath(tree, base.path);
  if (base.folders.length === 0) throw noClassFolders(tree, scan, base.path);
  const areSplits = base.folders.every(({ name }) => splits.has(name));
  if (!areSplits) return;
  const train = base.folders.find(({ name }) => splits.get(name) === 'train');
  if (train === undefined) {
    const names = SPLIT_NAMES.flatMap((split) =>
      holders.filter(({ name }) => splits.get(name) === split).map(({ name }) => name),
    ).join(' and ');
    throw inputError(
      'no-train-split',
      `${path} holds ${names} but no train folder; add one, or point at a folder whose folders are classes.`,
      { path },
    );
  }
  if (train.folders.length === 0) throw noClassFolders(tree, scan, train.path);
}

function ambiguous(tree: FileTree, readings: readonly ReadingOutline[], doubt: string): Error {
  const ways = readings.map((reading) => `"${reading.layout}" gives ${describeOutline(reading)}`);
  const names = readings.map(({ layout }) => `--layout ${layout}`).join(' or ');
  return inputError(
    'ambiguous-layout',
    `It is not clear how ${tree.root} is to be read: ${doubt}. ${ways.join('; ')}. Say which with ${names}, or move the files.`,
    { path: tree.root, details: { doubt, readings } },
  );
}

function noClassFolders({ root }: FileTree, scan: TreeScan, base: string): Error {
  const folder = folderAt(scan.root, base);
  const path = base === '' ? root : `${root}/${base}`;
  const images = folder?.images.length ?? 0;
  const { problems } = scan;
  return images > 0
    ? inputError(
        'no-class-folders',
        `${path} holds ${images} images but no folders; put the images of each class into a folder of its own.`,
        { path, details: { images } },
      )
    : inputError('no-images', `${path} holds no images; ${whyNone(problems)}.`, {
        path,
        details: { problems: problems.slice(0, LISTED_PROBLEMS) },
      });
}

function folderAt(root: ScannedFolder, path: string): ScannedFolder | undefined {
  if (path === root.path) return root;
  const inner = root.folders.find(
    (folder) => path === folder.path || path.startsWith(`${folder.path}/`),
  );
  return inner && folderAt(inner, path);
}

/** What a folder without usable images is told, as a part of a sentence. */
export function whyNone(problems: readonly Problem[]): string {
  const [first] = problems;
  return first === undefined
    ? 'it should hold one folder per class with image files in it'
    : `${problems.length} could not be used, the first: ${first.source} ${first.reason}`;
}
