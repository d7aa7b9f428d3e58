// Which columns of a table name images, classes and splits: as asked for, or guessed from the names of the
// columns and from what is in them. What is not clear is an error that holds the columns and some rows.
import { inputError } from '../../../shared/errors.ts';
import type { ImageIndex } from './image-index.ts';
import type { LabelTable } from './label-table.ts';

/** `image=id,label=breed,split=set,file=train.csv`; every part may be left out. */
export interface WantedColumns {
  readonly image?: string;
  readonly label?: string;
  readonly split?: string;
  readonly file?: string;
}

export interface ChosenColumns {
  readonly names: readonly string[];
  readonly hasHeader: boolean;
  readonly image: number;
  /** One column, or one for each class with a 1 in the one that is true. */
  readonly label: number | readonly number[];
  readonly split: number | undefined;
}

const SAMPLE = 5000;
const PREVIEW = 8;
export const LABEL_NAMES =
  /^(?:image_?)?(?:labels?|class(?:es|_?names?|_?labels?|_?id)?|categor(?:y|ies)(?:_?names?|_?id)?|targets?|species|breed|diagnosis|dx|y|variety|level|label_?names?|ground_?truth|emotion|age_?group)$/i;
const SPLIT_NAMES = /^(?:split|set|subset|usage|phase|partition|data_?set|fold)$/i;
const SPLIT_VALUES =
  /^(?:train|training|val|valid|validation|dev|test|testing|publictest|privatetest)$/i;

/** @throws inputError `bad-columns` for what is not `name=column` */
export function parseColumns(text: string): WantedColumns {
  const wanted: Record<string, string> = {};
  for (const part of text.split(',')) {
    const [key = '', ...rest] = part.split('=');
    const value = rest.join('=').trim();
    if (!['image', 'label', 'split', 'file'].includes(key.trim()) || value === '') {
      throw inputError(
        'bad-columns',
        `The columns are given as "${text}"; write them as image=NAME,label=NAME, with split=NAME and file=LIST.csv where they are needed.`,
        { path: 'columns' },
      );
    }
    wanted[key.trim()] = value;
  }
  return wanted;
}

/**
 * Undefined if no column names images. `isClass` tells labels where the classes are known already.
 * @throws inputError `ambiguous-columns`, `unknown-column`, `several-labels`
 */
export function chooseColumns(
  table: LabelTable,
  index: ImageIndex,
  wanted: WantedColumns = {},
  isClass?: (cell: string) => boolean,
): ChosenColumns | undefined {
  const { rows } = table;
  const [top = []] = rows;
  const width = rows.slice(0, SAMPLE).reduce((most, { length }) => Math.max(most, length), 0);
  const columns = Array.from({ length: width }, (_, i) => i);
  const naming = imageColumn(columns, rows.slice(0, SAMPLE), index);
  // A first row whose image is missing is no header if it holds a class.
  const isRow =
    index.find(top[naming ?? 0] ?? '') !== undefined || top.some((cell) => isClass?.(cell));
  const hasHeader = rows.length > 1 && !isRow;
  const names = columns.map((i) => (hasHeader && top[i]) || `column ${i + 1}`);
  const sample = rows.slice(hasHeader ? 1 : 0, SAMPLE);
  const base = { table, names, sample, index };
  const image = wanted.image === undefined ? naming : columnOf(base, wanted.image);
  const view = { ...base, image };
  if (image === undefined) return undefined;
  const others = names.map((_, i) => i).filter((i) => i !== image);
  const split =
    wanted.split === undefined
      ? others.find((i) => isSplitColumn(view, i))
      : columnOf(view, wanted.split);
  const left = others.filter((i) => i !== split);
  if (left.length === 0) return undefined;
  const label =
    wanted.label === undefined
      ? (classColumn(view, left, isClass) ?? labelColumn(view, left))
      : columnOf(view, wanted.label);
  return { names, hasHeader, image, label, split };
}

interface View {
  readonly table: LabelTable;
  readonly names: readonly string[];
  readonly sample: readonly (readonly string[])[];
  readonly index: ImageIndex;
  readonly image?: number | undefined;
}

function columnOf(view: View, wanted: string): number {
  const at = view.names.findIndex((name) => name.toLowerCase() === wanted.toLowerCase());
  if (at >= 0) return at;
  throw inputError(
    'unknown-column',
    `${view.table.file} has no column "${wanted}"; it has ${view.names.slice(0, 20).join(', ')}.`,
    { path: 'columns', details: detailsOf(view) },
  );
}

/** The one whose cells name the most images; of equal ones that of file names, not of numbers that fit too. */
function imageColumn(
  columns: readonly number[],
  sample: readonly (readonly string[])[],
  index: ImageIndex,
): number | undefined {
  let best: number | undefined;
  let most = 0;
  for (const column of columns) {
    const naming = sample.filter((row) => index.find(row[column] ?? '') !== undefined);
    const written = naming.filter((row) => /[./\\]/.test(row[column] ?? '')).length;
    const score = naming.length + (naming.length === 0 ? 0 : written / (2 * naming.length));
    if (score > most) [best, most] = [column, score];
  }
  return best;
}

function isSplitColumn({ names, sample }: View, column: number): boolean {
  if (!SPLIT_NAMES.test(names[column] ?? '')) return false;
  return sample.every((row) => SPLIT_VALUES.test(row[column] ?? ''));
}

/** Of rows; the others may name classes that are not known. */
const MOST_ROWS = 0.9;

/** The one column whose cells are classes, or the one of several that is called so. */
function classColumn(
  { sample, names }: View,
  left: readonly number[],
  isClass: ((cell: string) => boolean) | undefined,
): number | undefined {
  if (isClass === undefined || sample.length === 0) return undefined;
  const fitting = left.filter((i) => {
    const cells = sample.filter((row) => isClass(row[i] ?? ''));
    return cells.length >= sample.length * MOST_ROWS;
  });
  const named = fitting.filter((i) => LABEL_NAMES.test(names[i] ?? ''));
  const [only, ...others] = named.length > 0 ? named : fitting;
  return others.length === 0 ? only : undefined;
}

function labelColumn(view: View, left: readonly number[]): number | readonly number[] {
  const { names } = view;
  const named = left.filter((i) => LABEL_NAMES.test(names[i] ?? ''));
  const [first, second] = named.length > 0 ? named : left;
  if (first !== undefined && second === undefined) return first;
  if (named.length > 1) {
    const same = named.filter((i) => sayTheSame(view, named[0] ?? 0, i));
    if (same.length === named.length) return same.find((i) => isText(view, i)) ?? named[0] ?? 0;
    throw ambiguous(view, named);
  }
  const hot = left.filter((i) => isBinary(view, i));
  if (hot.length > 1 && hot.length >= left.length - 2) return oneHot(view, hot);
  const repeated = left.filter((i) => isRepeated(view, i));
  const [only, other] = repeated;
  if (only !== undefined && other === undefined) return only;
  throw ambiguous(view, repeated.length > 0 ? repeated : left);
}

function isText({ sample }: View, column: number): boolean {
  return sample.some((row) => !/^[\d.]*$/.test(row[column] ?? ''));
}

function isBinary({ sample }: View, column: number): boolean {
  return sample.every((row) => /^[01](?:\.0*)?$/.test(row[column] ?? ''));
}

/** Few values, most of them more than once. */
function isRepeated({ sample }: View, column: number): boolean {
  const values = new Set(sample.map((row) => row[column] ?? ''));
  return values.size > 1 && values.size <= sample.length / 2;
}

/** Every value of one goes with one value of the other. */
function sayTheSame({ sample }: View, a: number, b: number): boolean {
  const [there, back] = [new Map<string, string>(), new Map<string, string>()];
  return sample.every((row) => {
    const [one = '', other = ''] = [row[a], row[b]];
    if (!there.has(one)) there.set(one, other);
    if (!back.has(other)) back.set(other, one);
    return there.get(one) === other && back.get(other) === one;
  });
}

function oneHot(view: View, columns: readonly number[]): readonly number[] {
  const odd = view.sample.findIndex(
    (row) => columns.filter((i) => Number(row[i]) === 1).length !== 1,
  );
  if (odd < 0) return columns;
  throw inputError(
    'several-labels',
    `${view.table.file} has a column of 0 and 1 for each of ${columns.length} classes, but row ${odd + 1} is not one 1 among zeros. Images with several labels each are not read: every image needs exactly one class. Choose the one column that is the label; on the command line: --columns label=NAME.`,
    { path: view.table.file, details: detailsOf(view) },
  );
}

function ambiguous(view: View, candidates: readonly number[]): Error {
  const { table, names } = view;
  const listed = candidates.slice(0, 12).map((i) => `"${names[i]}"`);
  return inputError(
    'ambiguous-columns',
    `${table.file}: it is not clear which column holds the classes: ${listed.join(', ')}${candidates.length > 12 ? ', …' : ''}. Choose one; on the command line: --columns label=NAME.`,
    { path: table.file, details: detailsOf(view) },
  );
}

function detailsOf({ table, names, sample, image }: View) {
  return {
    file: table.file,
    ...(image === undefined ? {} : { image: names[image] }),
    columns: names.slice(0, 50),
    rows: sample.slice(0, PREVIEW).map((row) => names.slice(0, 50).map((_, i) => row[i] ?? '')),
  };
}
