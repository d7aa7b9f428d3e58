// Reads a tree of images by a list of labels that lies in it: `images/` with labels.csv, `train/` with
// train.csv. Rows without an image and images without a row are counted and named.
import { AppError, inputError } from '../../../shared/errors.ts';
import { LARGEST_LABEL_FILE_BYTES, LONGEST_CLASS_NAME } from '../../../shared/limits.ts';
import { classesOfNames } from '../arrays/class-numbers.ts';
import { SPLIT_NAMES, type Problem, type SplitName } from '../dataset.ts';
import type { FileTree } from '../file-tree.ts';
import { isUnreadable, readImageFile } from '../image-file.ts';
import type { ListedFile, Reading } from '../layout/reading.ts';
import type { ScannedFolder, ScannedImage } from '../layout/scan-tree.ts';
import { splitFoldersAmong } from '../layout/split-names.ts';
import { createUnusedCounter } from '../layout/unused-files.ts';
import { createProgressMeter, type Watch } from '../progress.ts';
import { createImageIndex, type ImageIndex } from './image-index.ts';
import { chooseColumns, parseColumns, type ChosenColumns } from './label-columns.ts';
import { isLabelFile, readTable, type LabelTable } from './label-table.ts';

/** What was understood of a list. */
export interface LabelList {
  readonly file: string;
  readonly image: string;
  readonly label: string;
  readonly split: string | undefined;
  /** Rows that name no image. */
  readonly unmatchedRows: number;
  /** The split whose images it labels; left out: all images. */
  readonly labels?: SplitName;
  /** Which class a number stands for, as a sentence; left out: labels are class names. */
  readonly numbering?: string;
}

export interface LabelledReading {
  readonly reading: Reading;
  readonly lists: readonly LabelList[];
  readonly problems: readonly Problem[];
  /** Images with a label, of all. */
  readonly share: number;
}

/** Rows of one list that are named each; the rest is a number. */
export const LISTED_ROWS = 50;
const MOST_LISTS = 20;

/** Undefined if no list in the tree says what the images are. */
export async function readByLists(
  tree: FileTree,
  root: ScannedFolder,
  { columns, watch }: { readonly columns: string | undefined; readonly watch: Watch },
): Promise<LabelledReading | undefined> {
  const wanted = columns === undefined ? {} : parseColumns(columns);
  const paths = listsIn(tree, root).filter(
    (path) => wanted.file === undefined || path === wanted.file || path.endsWith(`/${wanted.file}`),
  );
  if (paths.length === 0 && columns === undefined) return undefined;
  const index = createImageIndex(root);
  const found: Found[] = [];
  const meter = createProgressMeter('list', undefined, watch);
  let doubt: AppError | undefined;
  for (const path of paths) {
    const bytes = readImageFile(tree.locate(path));
    if (isUnreadable(bytes)) continue;
    const table = await readTable(path, bytes, meter);
    try {
      const chosen = chooseColumns(table, index, wanted);
      if (chosen !== undefined) found.push({ table, chosen });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // Another list may be clear.
      doubt ??= error;
    }
  }
  if (found.length === 0 && doubt !== undefined) throw doubt;
  if (found.length === 0 && columns !== undefined) throw noList(tree.root, paths);
  return found.length === 0 ? undefined : combine(requireDistinct(found), index, root);
}

interface Found {
  readonly table: LabelTable;
  readonly chosen: ChosenColumns;
}

/** Lists of labels by their names: in the root, in its folders and theirs. */
export function listsIn(tree: FileTree, root: ScannedFolder): string[] {
  const folders = [root, ...root.folders, ...root.folders.flatMap(({ folders }) => folders)];
  return listsAmong(tree, folders.slice(0, 200));
}

/** Those that lie in one of the folders itself. */
export function listsAmong(tree: FileTree, folders: readonly ScannedFolder[]): string[] {
  const found: string[] = [];
  for (const { path } of folders) {
    for (const { name, isFolder } of tree.entriesOf(path)) {
      if (isFolder || name.startsWith('.') || !isLabelFile(name)) continue;
      const file = path === '' ? name : `${path}/${name}`;
      const facts = tree.factsOf(file);
      if (
        facts !== undefined &&
        facts.sizeBytes > 0 &&
        facts.sizeBytes <= LARGEST_LABEL_FILE_BYTES
      ) {
        found.push(file);
      }
    }
  }
  return found.sort().slice(0, MOST_LISTS);
}

function noList(root: string, paths: readonly string[]): Error {
  return inputError(
    'no-label-list',
    paths.length === 0
      ? `${root} holds no such list of labels; it is a .csv, .tsv or .txt beside the images.`
      : `No row of ${paths.join(', ')} names an image of ${root}; look at its column of names.`,
    { path: root },
  );
}

/** Several lists are read together if their names say different splits. */
function requireDistinct(found: readonly Found[]): readonly Found[] {
  const splits = found.map(({ table }) => splitOfFile(table.file));
  if (found.length === 1 || new Set(splits).size === found.length) return found;
  const files = found.map(({ table }) => table.file);
  throw inputError(
    'ambiguous-columns',
    `${files.join(' and ')} all name images of the dataset; say which holds the classes with --columns file=${files[0]}.`,
    { path: files[0] ?? '', details: { files } },
  );
}

/** What the name of a list says, without its folders. */
export function splitOfFile(path: string): SplitName | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const [word] = /(?:^|[^a-z])(train|val|valid|validation|dev|test)(?:[^a-z]|$)/.exec(name) ?? [];
  return word === undefined ? undefined : splitOfWord(word.replaceAll(/[^a-z]/g, ''));
}

function splitOfWord(word: string): SplitName {
  const text = word.toLowerCase();
  if (/^(?:val|valid|validation|dev|publictest)/.test(text)) return 'val';
  return /test/.test(text) ? 'test' : 'train';
}

interface Labelled {
  readonly image: ScannedImage;
  readonly text: string;
  readonly split: SplitName;
}

function combine(found: readonly Found[], index: ImageIndex, root: ScannedFolder): LabelledReading {
  const labelled = new Map<string, Labelled>();
  const problems: Problem[] = [];
  const folders = splitFoldersAmong(root.folders.map(({ name }) => name));
  const lists = found.map(({ table, chosen }): LabelList => {
    let unmatchedRows = 0;
    const refuse = (row: number, cell: string, reason: string): void => {
      if (++unmatchedRows > LISTED_ROWS) return;
      problems.push({ source: `${table.file}, row ${row + 1} (${cell.slice(0, 200)})`, reason });
    };
    table.rows.forEach((row, i) => {
      if (i === 0 && chosen.hasHeader) return;
      const cell = row[chosen.image] ?? '';
      const image = index.find(cell);
      const text = textOf(row, chosen);
      if (image === undefined) {
        refuse(i, cell, index.whyNone(cell));
        return;
      }
      if (text === '') {
        refuse(i, cell, 'has no label');
        return;
      }
      const split = splitOf(row, chosen, {
        image,
        folders,
        file: table.file,
        isOne: found.length === 1,
      });
      const earlier = labelled.get(image.path);
      if (earlier !== undefined && earlier.text !== text) {
        refuse(i, cell, `gives another label than an earlier row: "${earlier.text}"`);
        return;
      }
      labelled.set(image.path, { image, text, split });
    });
    if (unmatchedRows > LISTED_ROWS) {
      problems.push({
        source: table.file,
        reason: `has ${unmatchedRows - LISTED_ROWS} more rows without an image or a label`,
      });
    }
    return listOf(table, chosen, unmatchedRows);
  });
  return { ...readingOf(index, [...labelled.values()]), lists, problems };
}

export function textOf(row: readonly string[], { label, names }: ChosenColumns): string {
  if (typeof label === 'number') return (row[label] ?? '').slice(0, LONGEST_CLASS_NAME);
  const hot = label.find((i) => Number(row[i]) === 1);
  return hot === undefined ? '' : (names[hot] ?? '');
}

function splitOf(
  row: readonly string[],
  { split }: ChosenColumns,
  place: {
    readonly image: ScannedImage;
    readonly folders: ReadonlyMap<string, SplitName>;
    readonly file: string;
    readonly isOne: boolean;
  },
): SplitName {
  if (split !== undefined) return splitOfWord(row[split] ?? '');
  if (!place.isOne) return splitOfFile(place.file) ?? 'train';
  const [top = ''] = place.image.path.split('/');
  const isSplit = [...place.folders.values()].includes('train');
  return isSplit ? (place.folders.get(top) ?? 'train') : 'train';
}

export function listOf(
  { file }: LabelTable,
  chosen: ChosenColumns,
  unmatchedRows: number,
): LabelList {
  const { names, image, label, split } = chosen;
  return {
    file,
    image: names[image] ?? '',
    label: typeof label === 'number' ? (names[label] ?? '') : `${label.length} columns of 0 and 1`,
    split: split === undefined ? undefined : names[split],
    unmatchedRows,
  };
}

function readingOf(
  { images }: ImageIndex,
  labelled: readonly Labelled[],
): Pick<LabelledReading, 'reading' | 'share'> {
  const named = classesOfNames(
    'The list of labels',
    labelled.map(({ text }) => text),
  );
  const areNumbers = named.classes.every((name) => /^\d{1,9}$/.test(name));
  const classes = areNumbers
    ? [...named.classes].sort((a, b) => Number(a) - Number(b))
    : named.classes;
  const numbers = new Map(classes.map((name, label) => [name, label]));
  const files = labelled.map(({ image, text, split }): ListedFile => ({
    ...image,
    split,
    label: numbers.get(text) ?? 0,
  }));
  const order = (file: ListedFile): number => SPLIT_NAMES.indexOf(file.split);
  files.sort((a, b) => order(a) - order(b) || a.label - b.label || (a.path < b.path ? -1 : 1));
  const known = new Set(labelled.map(({ image }) => image.path));
  const unused = createUnusedCounter();
  for (const { path } of images) if (!known.has(path)) unused.add('not-in-list', path);
  return {
    reading: {
      ...{ layout: 'list', base: '', splitFolders: [], classes, files, unused: unused.list() },
      deeper: { count: 0, example: '' },
    },
    share: images.length === 0 ? 0 : files.length / images.length,
  };
}
