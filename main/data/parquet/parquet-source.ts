// Parquet files with a column of images and one of labels, as the datasets of Hugging Face's hub are given
// out: one file, or a folder of them with a split in each name. Listing reads labels and names; images are read
// group by group, to be measured and to be decoded.
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError, inputError } from '../../../shared/errors.ts';
import { LONGEST_CLASS_NAME, MOST_IMAGES } from '../../../shared/limits.ts';
import { pixelRulesOf } from '../../../shared/spec/pixel-rules.ts';
import { classesOfNames, classesOfNumbers } from '../arrays/class-numbers.ts';
import type { Problem, SplitName } from '../dataset.ts';
import { helperProgram } from '../../system/helper-process.ts';
import type { FolderListing } from '../folder-listing.ts';
import { readContent, type ContentOptions } from '../image-content.ts';
import { DECODER_VERSION } from '../image-decoder.ts';
import { isUnreadable } from '../image-file.ts';
import { factsOf } from '../layout/layout-facts.ts';
import type { ListedFile, Reading } from '../layout/reading.ts';
import { createUnusedCounter } from '../layout/unused-files.ts';
import { createProgressMeter, type Watch } from '../progress.ts';
import type { Source, SourceContent } from '../source.ts';
import { findParquet, type FoundParquet } from './find-parquet.ts';
import { openLeafReader, type LeafReader } from './leaf-reader.ts';
import { mayBeLabel, parquetColumns, type ParquetColumns } from './parquet-columns.ts';
import { openParquetFile, type ParquetFile } from './parquet-file.ts';
import { parquetTree, type ImageRow } from './parquet-tree.ts';
import type { LeafPlace, LeafValue } from './read-leaf.ts';

interface Place {
  /** Relative to the root; '' never. */
  readonly file: string;
  readonly split: SplitName;
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

interface Found {
  readonly root: string;
  readonly places: readonly Place[];
  readonly others: readonly string[];
  readonly missing: readonly string[];
}

export function openParquetSource(path: string, options: ContentOptions): Promise<Source> {
  const files = [{ file: basename(path), split: 'train' as const }];
  return sourceOf(path, { root: dirname(path), files, others: [], missing: [] }, options);
}

/** Undefined if the folder holds none, or images, which are then the dataset unless Parquet was asked for. */
export async function openParquetFolder(
  folder: string,
  options: ContentOptions,
): Promise<Source | undefined> {
  const { layout } = options;
  if (layout !== undefined && layout !== 'parquet') return undefined;
  const found = await findParquet(folder, layout === 'parquet');
  return found && sourceOf(folder, { root: folder, ...found }, options);
}

async function sourceOf(
  path: string,
  { root, files, others, missing }: FoundParquet & { readonly root: string },
  options: ContentOptions,
): Promise<Source> {
  const places = await Promise.all(
    files.map(async ({ file, split }): Promise<Place> => {
      const full = join(root, file);
      const { size, mtimeMs, ctimeMs } = await stat(full);
      return { file, split, path: full, size, mtimeMs, ctimeMs };
    }),
  );
  const found = { root, places, others, missing };
  return {
    name: basename(path).replace(/\.parquet$/i, ''),
    key: {
      kind: 'parquet',
      files: places.map(({ file, split, path: full, size, mtimeMs, ctimeMs }) => [
        ...[file, split, full, size, mtimeMs, ctimeMs],
      ]),
      ...(missing.length === 0 ? {} : { missing }),
      columns: options.columns,
      imageSize: options.imageSize,
      channels: options.channels,
      resize: options.resize ?? 'crop',
      ...pixelRulesOf(options),
      decoder: DECODER_VERSION,
    },
    list: (watch) => withReader(options, (reader) => list(found, options, { reader, watch })),
    read: (watch) => read(found, options, watch),
  };
}

async function withReader<T>(
  { decoderProgram: program = helperProgram('decoder') }: ContentOptions,
  use: (reader: LeafReader) => Promise<T>,
): Promise<T> {
  const reader = openLeafReader(program);
  try {
    return await use(reader);
  } finally {
    reader.close();
  }
}

async function read(found: Found, options: ContentOptions, watch: Watch): Promise<SourceContent> {
  const reader = openLeafReader(options.decoderProgram ?? helperProgram('decoder'));
  try {
    const listing = await list(found, options, { reader, watch });
    const content = await readContent(listing, options, watch);
    return { ...content, kind: 'parquet', ...closing(content, reader) };
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** The reader ends with the rows. */
function closing(
  content: SourceContent,
  reader: LeafReader,
): Pick<SourceContent, 'rows' | 'rowsFrom'> {
  const { rows, rowsFrom } = content;
  async function* closed(inner: typeof rows): typeof rows {
    try {
      yield* inner;
    } finally {
      reader.close();
    }
  }
  return {
    rows: closed(rows),
    ...(rowsFrom === undefined ? {} : { rowsFrom: (start) => closed(rowsFrom(start)) }),
  };
}

/** A row that has bytes, with what its label cell holds. */
interface Row {
  readonly name: string;
  readonly split: SplitName;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly image: ImageRow;
  readonly label: LeafValue;
}

interface Tools {
  readonly reader: LeafReader;
  readonly watch: Watch;
}

async function list(
  { root, places, others, missing }: Found,
  options: ContentOptions,
  tools: Tools,
): Promise<FolderListing> {
  const problems: Problem[] = [
    ...others.map((source) => ({
      source,
      reason: 'is of no split by its name, although others are',
    })),
    ...missing.map((source) => ({ source, reason: 'is not there, although its other parts are' })),
  ];
  const files: { readonly place: Place; readonly file: ParquetFile }[] = [];
  for (const place of places) files.push({ place, file: await openParquetFile(place.path) });
  const [first] = files;
  if (first === undefined) throw new Error(`${root} has no Parquet files.`);
  requireFewEnough(
    root,
    files.reduce((sum, { file }) => sum + file.rows, 0),
  );
  const columns = await chooseColumns(first.file, first.place, { options, reader: tools.reader });
  const total = files.reduce((sum, { file }) => sum + file.rows, 0);
  const meter = createProgressMeter('list', total, tools.watch);
  const rows: Row[] = [];
  for (const { place, file } of files) {
    for (const [group, { start, rows: count }] of file.groups.entries()) {
      const read = await readGroup({ place, group, count, start }, columns, tools.reader);
      if ('reason' in read)
        problems.push({ source: nameOf(place, start, count), reason: read.reason });
      else for (const row of read.rows) rows.push(row);
      await meter.advance(count);
    }
  }
  meter.finish();
  return listingOf({ root, rows, columns, problems, places }, options, tools.reader);
}

function requireFewEnough(path: string, total: number): void {
  if (total <= MOST_IMAGES) return;
  throw inputError(
    'too-many-images',
    `${path} announces ${total} images; up to ${MOST_IMAGES} are read.`,
    { path, details: { total, limit: MOST_IMAGES } },
  );
}

const PREVIEW_ROWS = 8;

/** Where it has to be asked, the question comes with the first labels. */
async function chooseColumns(
  file: ParquetFile,
  place: Place,
  { options, reader }: { readonly options: ContentOptions; readonly reader: LeafReader },
): Promise<ParquetColumns> {
  try {
    return parquetColumns(file, options.columns);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'ambiguous-columns') throw error;
    const details = error.details as { readonly columns: readonly string[] };
    const texts = await Promise.all(
      details.columns.map(async (name): Promise<readonly string[]> => {
        const leaf = file.leaves.find((one) => mayBeLabel(one) && one.path[0] === name);
        if (leaf === undefined) return [];
        const values = await reader.read({ ...placeOf(place, 0), leaf: leaf.path });
        return isUnreadable(values)
          ? []
          : values.slice(0, PREVIEW_ROWS).map((value) => textOf(value));
      }),
    );
    const most = texts.reduce((longest, { length }) => Math.max(longest, length), 0);
    const rows = Array.from({ length: most }, (_, row) => texts.map((column) => column[row] ?? ''));
    throw inputError(error.code, error.message, {
      path: file.path,
      details: { ...details, rows },
    });
  }
}

function placeOf({ path, mtimeMs }: Place, group: number): Omit<LeafPlace, 'leaf'> {
  return { path, mtimeMs, group };
}

function textOf(value: LeafValue): string {
  if (value === null) return '';
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
  return text.slice(0, LONGEST_CLASS_NAME);
}

interface GroupPlace {
  readonly place: Place;
  readonly group: number;
  readonly start: number;
  readonly count: number;
}

/** Labels and names of one group; what has no label column (a test split) has no labels. */
async function readGroup(
  { place, group, start, count }: GroupPlace,
  { label, names, bytes }: ParquetColumns,
  reader: LeafReader,
): Promise<{ readonly rows: readonly Row[] } | { readonly reason: string }> {
  const at = placeOf(place, group);
  const labels = await reader.read({ ...at, leaf: [label] });
  if (isUnreadable(labels) && !/^has no column/.test(labels.reason)) return labels;
  const called = names === undefined ? [] : await reader.read({ ...at, leaf: names });
  const { split, mtimeMs, ctimeMs } = place;
  return {
    rows: Array.from({ length: count }, (_, row): Row => {
      const own = isUnreadable(called) ? null : (called[row] ?? null);
      return {
        ...{ split, mtimeMs, ctimeMs },
        name: nameOf(place, start + row, 1, own === null ? '' : textOf(own)),
        image: { place: { ...at, leaf: bytes }, row },
        label: isUnreadable(labels) ? null : (labels[row] ?? null),
      };
    }),
  };
}

/** `data/train-00000-of-00001.parquet, row 12 (cat_1.jpg)`; rows count from 0, as in Python. */
function nameOf({ file }: Place, start: number, count: number, name = ''): string {
  const rows = count === 1 ? `row ${start}` : `rows ${start} to ${start + count - 1}`;
  const own = name.slice(name.lastIndexOf('/') + 1);
  return `${file}, ${rows}${own === '' ? '' : ` (${own})`}`;
}

interface Listed {
  readonly root: string;
  readonly rows: readonly Row[];
  readonly columns: ParquetColumns;
  readonly problems: readonly Problem[];
  readonly places: readonly Place[];
}

function listingOf(
  { root, rows, columns, problems, places }: Listed,
  options: ContentOptions,
  reader: LeafReader,
): FolderListing {
  const unused = createUnusedCounter();
  const { classes, labels } = classesOf(root, rows, columns);
  const images = new Map<string, ImageRow>();
  const files = rows.flatMap(({ name, split, image, mtimeMs, ctimeMs }, i): ListedFile[] => {
    const label = labels[i] ?? -1;
    if (label < 0) {
      unused.add('without-label', name);
      return [];
    }
    images.set(name, image);
    return [{ path: name, sizeBytes: 0, mtimeMs, ctimeMs, split, label }];
  });
  const reading: Reading = {
    ...{ layout: 'parquet', base: '', classes, files, unused: unused.list() },
    splitFolders: places.map(({ file, split }) => ({ path: file, split })),
    deeper: { count: 0, example: '' },
  };
  const { columns: asked } = options;
  const facts = factsOf(reading, [], { isChosen: options.layout === 'parquet', isMerged: false });
  const file = places[0]?.file ?? '';
  const more = places.length === 1 ? '' : ` and ${places.length - 1} more`;
  return {
    tree: parquetTree(root, images, reader),
    classes,
    files,
    problems,
    unused: reading.unused,
    layout: {
      ...facts,
      lists: [
        {
          ...{ file: `${file}${more}`, image: columns.image, label: columns.label },
          ...{ split: undefined, unmatchedRows: 0 },
        },
      ],
      ...(asked === undefined ? {} : { columns: asked }),
    },
  };
}

function classesOf(
  root: string,
  rows: readonly Row[],
  { label, classNames }: ParquetColumns,
): { readonly classes: readonly string[]; readonly labels: Int32Array } {
  const where = `${root}, column "${label}"`;
  const areNumbers = rows.every((row) => row.label === null || typeof row.label === 'number');
  if (!areNumbers) {
    const named = classesOfNames(
      where,
      rows.map((row) => textOf(row.label)),
    );
    return { classes: named.classes, labels: named.labels };
  }
  const labels = Int32Array.from(rows, (row) => (typeof row.label === 'number' ? row.label : -1));
  const options = { names: classNames, mayStartLater: true, mayBeUnlabelled: true };
  const { classes, first } = classesOfNumbers(where, [{ name: label, labels }], options);
  return {
    classes,
    labels: first === 0 ? labels : labels.map((one) => (one < 0 ? one : one - first)),
  };
}
