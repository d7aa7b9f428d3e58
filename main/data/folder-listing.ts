// Lists a class-per-folder image folder as torchvision's ImageFolder does: classes are the folder names
// in code-unit order, everything below a class folder belongs to it. Flat, or with train, val
// (valid, validation) and test inside. Reads names and times only, no pictures.
import { readdirSync, realpathSync, statSync, type Dirent, type Stats } from 'node:fs';
import { extname, join } from 'node:path';
import { hasErrorCode, inputError, messageOf } from '../../shared/errors.ts';
import { SPLIT_NAMES, type Problem, type SplitName } from './dataset.ts';
import { readError } from './file-errors.ts';
import { createPulse, type Pulse, type Watch } from './progress.ts';

export interface ListedFile {
  readonly split: SplitName;
  readonly label: number;
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** Also changes with permissions and with edits that restore the time of modification. */
  readonly ctimeMs: number;
}

export interface FolderListing {
  readonly root: string;
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
export const READ_EXTENSIONS: ReadonlySet<string> = new Set(
  '.jpg .jpeg .png .webp .bmp .gif'.split(' '),
);
const OTHER_IMAGES = new Set('.tif .tiff .heic .heif .avif .ppm .pgm .jp2 .jxl'.split(' '));

interface Walk {
  readonly root: string;
  readonly pulse: Pulse;
  readonly problems: Problem[];
  ignoredFiles: number;
}

/** Which split and class the files below a folder belong to. */
type Place = Pick<ListedFile, 'split' | 'label'>;

export async function listImageFolder(root: string, watch: Watch = {}): Promise<FolderListing> {
  const top = readRoot(root);
  const walk: Walk = {
    root,
    pulse: createPulse('list', undefined, watch),
    problems: [],
    ignoredFiles: 0,
  };
  const splitFolders = findSplitFolders(root, top);
  const folders = splitFolders ?? [['train', ''] as const];
  const trainFolder = folders.find(([split]) => split === 'train')?.[1] ?? '';
  const classes = folderNames(walk, trainFolder);
  if (classes.length === 0) throw noClassFolders(walk, trainFolder);
  const files: ListedFile[] = [];
  for (const [split, folder] of folders) {
    for (const name of folderNames(walk, folder)) {
      const label = classes.indexOf(name);
      if (label < 0) throw unknownClass(root, folder, name, trainFolder);
      for (const file of await filesBelow(walk, joined(folder, name), { split, label })) {
        files.push(file);
      }
    }
  }
  walk.pulse.finish();
  const { problems, ignoredFiles } = walk;
  return { root, classes, files, problems, ignoredFiles };
}

function readRoot(root: string): Dirent[] {
  try {
    return readdirSync(root, { withFileTypes: true });
  } catch (error) {
    throw readError(error, root, 'dataset');
  }
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || name === '__MACOSX';
}

function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** The split folders in the order train, val, test; undefined for a flat folder. */
function findSplitFolders(
  root: string,
  top: readonly Dirent[],
): (readonly [SplitName, string])[] | undefined {
  const found = new Map<SplitName, string>();
  let others = 0;
  for (const entry of top) {
    if (isHidden(entry.name) || !isFolder(join(root, entry.name), entry)) continue;
    const split = Object.hasOwn(SPLIT_FOLDERS, entry.name.toLowerCase())
      ? SPLIT_FOLDERS[entry.name.toLowerCase()]
      : undefined;
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

function isFolder(path: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // a link to nothing or in a circle is no folder
  }
}

/** The visible folders in `folder`, in code-unit order: the classes. */
function folderNames(walk: Walk, folder: string): string[] {
  const path = join(walk.root, folder);
  return readRoot(path)
    .filter((entry) => !isHidden(entry.name) && isFolder(join(path, entry.name), entry))
    .map((entry) => entry.name)
    .sort();
}

function noClassFolders(walk: Walk, folder: string): Error {
  const path = join(walk.root, folder);
  const images = readRoot(path).filter((entry) =>
    READ_EXTENSIONS.has(extname(entry.name).toLowerCase()),
  );
  return images.length > 0
    ? inputError(
        'no-class-folders',
        `${path} holds ${images.length} images but no folders; put the images of each class into a folder of its own.`,
        { path, details: { images: images.length } },
      )
    : inputError(
        'no-images',
        `${path} holds no images; it should hold one folder per class with image files in it.`,
        { path },
      );
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
    const path = join(walk.root, folder);
    let entries: Dirent[];
    let real: string;
    try {
      real = realpathSync(path);
      entries = readdirSync(path, { withFileTypes: true });
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
      if (isFolder(join(path, entry.name), entry)) {
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
  let stats: Stats;
  try {
    stats = statSync(join(walk.root, path));
  } catch (error) {
    walk.problems.push({ source: path, reason: unreadable(error) });
    return undefined;
  }
  if (!stats.isFile()) {
    walk.ignoredFiles++;
    return undefined;
  }
  const { size: sizeBytes, mtimeMs, ctimeMs } = stats;
  return { split, label, path, sizeBytes, mtimeMs, ctimeMs };
}

/** Why the system would not give a file, as a part of a sentence after its name. */
export function unreadable(error: unknown): string {
  if (hasErrorCode(error, 'EACCES') || hasErrorCode(error, 'EPERM')) {
    return 'may not be read by this user';
  }
  if (hasErrorCode(error, 'ELOOP')) return 'is a link in a circle';
  if (hasErrorCode(error, 'ENOENT')) return 'is missing or a link to nothing';
  return `could not be read: ${messageOf(error)}`;
}
