// Lists a class-per-folder image folder as torchvision's ImageFolder does: classes are the folder names
// in code-unit order, everything below a class folder belongs to it. Flat, or with train, val
// (valid, validation) and test inside. Reads names and times only, no pictures.
import { extname, join } from 'node:path';
import { inputError } from '../../shared/errors.ts';
import { SPLIT_NAMES, type Problem, type SplitName } from './dataset.ts';
import { readError, unreadable } from './file-errors.ts';
import type { FileFacts, FileTree, TreeEntry } from './file-tree.ts';
import { createPulse, type Pulse, type Watch } from './progress.ts';

export interface ListedFile extends FileFacts {
  readonly split: SplitName;
  readonly label: number;
  /** Relative to the root, with forward slashes. */
  readonly path: string;
}

export interface FolderListing {
  readonly tree: FileTree;
  readonly classes: readonly string[];
  /** Train first, then val, then test; by class; then in torchvision's order of files. */
  readonly files: readonly ListedFile[];
  readonly problems: readonly Problem[];
  readonly ignoredFiles: number;
}

const SPLIT_FOLDERS: Readonly<Record<string, SplitName>> = {
  train: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  test: 'test',
};
/** File names that are taken for images; what is in them decides how they are read. */
const READ_EXTENSIONS: ReadonlySet<string> = new Set('.jpg .jpeg .png .webp .bmp .gif'.split(' '));
/** Of images that are known and not read. */
const OTHER_IMAGES = new Set('.tif .tiff .heic .heif .avif .ppm .pgm .jp2 .jxl'.split(' '));

const LISTED_PROBLEMS = 100;

interface Walk {
  readonly tree: FileTree;
  readonly pulse: Pulse;
  readonly problems: Problem[];
  ignoredFiles: number;
}

/** Which split and class the files below a folder belong to. */
type Place = Pick<ListedFile, 'split' | 'label'>;

/** `known` are problems that were found on the way to the tree. */
export async function listImageFolder(
  tree: FileTree,
  watch: Watch = {},
  known: readonly Problem[] = [],
): Promise<FolderListing> {
  const top = readFolder(tree, '');
  const walk: Walk = {
    tree,
    pulse: createPulse('list', undefined, watch),
    problems: [...known],
    ignoredFiles: 0,
  };
  const splitFolders = findSplitFolders(tree.root, top);
  const folders = splitFolders ?? [['train', ''] as const];
  const trainFolder = folders.find(([split]) => split === 'train')?.[1] ?? '';
  const classes = folderNames(walk, trainFolder);
  if (classes.length === 0) throw noClassFolders(walk, trainFolder);
  const files: ListedFile[] = [];
  for (const [split, folder] of folders) {
    for (const name of folderNames(walk, folder)) {
      const label = classes.indexOf(name);
      if (label < 0) throw unknownClass(tree.root, folder, name, trainFolder);
      for (const file of await filesBelow(walk, joined(folder, name), { split, label })) {
        files.push(file);
      }
    }
  }
  walk.pulse.finish();
  const { problems, ignoredFiles } = walk;
  return { tree, classes, files, problems, ignoredFiles };
}

function readFolder(tree: FileTree, folder: string): readonly TreeEntry[] {
  try {
    return tree.entriesOf(folder);
  } catch (error) {
    throw readError(error, join(tree.root, folder), 'dataset');
  }
}

/** Neither classes nor images: what systems and archivers leave beside them. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || name === '__MACOSX';
}

function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** The split folders in the order train, val, test; undefined for a flat folder. */
function findSplitFolders(
  root: string,
  top: readonly TreeEntry[],
): (readonly [SplitName, string])[] | undefined {
  const found = new Map<SplitName, string>();
  let others = 0;
  for (const entry of top) {
    if (isHidden(entry.name) || !entry.isFolder) continue;
    const split = splitOfFolder(entry.name);
    if (split === undefined) {
      others++;
      continue;
    }
    const earlier = found.get(split);
    if (earlier !== undefined) {
      throw inputError(
        'two-split-folders',
        `${root} holds both ${earlier} and ${entry.name}, which mean the same split; keep one of them.`,
        { path: root },
      );
    }
    found.set(split, entry.name);
  }
  if (!found.has('train')) {
    if (found.size === 0 || others > 0) return undefined;
    const names = SPLIT_NAMES.flatMap((split) => found.get(split) ?? []);
    throw inputError(
      'no-train-split',
      `${root} holds ${names.join(' and ')} but no train folder; add one, or point at a folder whose folders are classes.`,
      { path: root },
    );
  }
  return SPLIT_NAMES.flatMap((split) => {
    const folder = found.get(split);
    return folder === undefined ? [] : [[split, folder] as const];
  });
}

export function isImageName(path: string): boolean {
  return READ_EXTENSIONS.has(extname(path).toLowerCase());
}

/** The split that a folder of this name holds, if any. */
export function splitOfFolder(name: string): SplitName | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(SPLIT_FOLDERS, key) ? SPLIT_FOLDERS[key] : undefined;
}

/** The visible folders in `folder`, in code-unit order: the classes. */
function folderNames({ tree }: Walk, folder: string): string[] {
  return readFolder(tree, folder)
    .filter((entry) => !isHidden(entry.name) && entry.isFolder)
    .map((entry) => entry.name)
    .sort();
}

function noClassFolders({ tree, problems }: Walk, folder: string): Error {
  const path = join(tree.root, folder);
  const images = readFolder(tree, folder).filter(({ name }) => isImageName(name));
  return images.length > 0
    ? inputError(
        'no-class-folders',
        `${path} holds ${images.length} images but no folders; put the images of each class into a folder of its own.`,
        { path, details: { images: images.length } },
      )
    : inputError('no-images', `${path} holds no images; ${whyNone(problems)}.`, {
        path,
        details: { problems: problems.slice(0, LISTED_PROBLEMS) },
      });
}

/** What a folder without usable images is told, as a part of a sentence. */
export function whyNone(problems: readonly Problem[]): string {
  const [first] = problems;
  return first === undefined
    ? 'it should hold one folder per class with image files in it'
    : `${problems.length} could not be used, the first: ${first.source} ${first.reason}`;
}

function unknownClass(root: string, folder: string, name: string, trainFolder: string): Error {
  return inputError(
    'unknown-class',
    `${join(root, folder)} has the class "${name}", which ${join(root, trainFolder)} has not; rename or remove it.`,
    { path: join(root, folder, name) },
  );
}

/** All image files below a class folder: by folder path, then by name, both in code-unit order. */
async function filesBelow(walk: Walk, classFolder: string, place: Place): Promise<ListedFile[]> {
  const folders = new Map<string, ListedFile[]>();
  const visit = async (folder: string, ancestors: readonly string[]): Promise<void> => {
    let entries: TreeEntry[];
    let real: string;
    try {
      real = walk.tree.identityOf(folder);
      entries = [...walk.tree.entriesOf(folder)];
    } catch (error) {
      walk.problems.push({ source: folder, reason: unreadable(error) });
      return;
    }
    if (ancestors.includes(real)) {
      walk.problems.push({ source: folder, reason: 'is a link to a folder that contains it' });
      return;
    }
    const found: ListedFile[] = [];
    folders.set(folder, found);
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (isHidden(entry.name)) continue;
      const file = joined(folder, entry.name);
      if (entry.isFolder) {
        await visit(file, [...ancestors, real]);
      } else {
        const listed = listFile(walk, file, place);
        if (listed !== undefined) found.push(listed);
        const pause = walk.pulse.beat();
        if (pause !== undefined) await pause;
      }
    }
  };
  await visit(classFolder, []);
  return [...folders.keys()].sort().flatMap((folder) => folders.get(folder) ?? []);
}

function listFile(walk: Walk, path: string, { split, label }: Place): ListedFile | undefined {
  const extension = extname(path).toLowerCase();
  if (OTHER_IMAGES.has(extension)) {
    walk.problems.push({
      source: path,
      reason: `is a ${extension} file, which is not read; JPEG, PNG, WebP, BMP and GIF are`,
    });
    return undefined;
  }
  if (!READ_EXTENSIONS.has(extension)) {
    walk.ignoredFiles++;
    return undefined;
  }
  let facts: FileFacts | undefined;
  try {
    facts = walk.tree.factsOf(path);
  } catch (error) {
    walk.problems.push({ source: path, reason: unreadable(error) });
    return undefined;
  }
  if (facts === undefined) {
    walk.ignoredFiles++;
    return undefined;
  }
  return { split, label, path, ...facts };
}
