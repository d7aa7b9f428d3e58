// Which column of a Parquet file holds images and which labels: as asked for, as the file's own description
// says, or as the columns look. What is not clear is an error that lists the columns, never a guess.
import { inputError } from '../../../shared/errors.ts';
import { LABEL_NAMES, parseColumns } from '../labels/label-columns.ts';
import type { LeafColumn, ParquetFile } from './parquet-file.ts';

export interface ParquetColumns {
  readonly image: string;
  /** The column of the files' bytes, from the outside in. */
  readonly bytes: readonly string[];
  /** The column of the files' names, where there is one. */
  readonly names: readonly string[] | undefined;
  readonly label: string;
  /** Of its numbers; undefined where the file names none. */
  readonly classNames: readonly string[] | undefined;
}

/** @throws inputError `no-images`, `ambiguous-columns`, `unknown-column`, `bad-columns` */
export function parquetColumns(file: ParquetFile, columns: string | undefined): ParquetColumns {
  const wanted = columns === undefined ? {} : parseColumns(columns);
  const bytes = imageColumn(file, wanted.image);
  const [image = ''] = bytes;
  const beside = file.leaves.find(
    ({ path, type }) =>
      path.length === 2 && path[0] === image && path[1] === 'path' && type === 'text',
  );
  const label = labelColumn(file, image, wanted.label);
  const feature = file.features.get(label);
  return {
    ...{ image, bytes, label, names: bytes.length === 2 ? beside?.path : undefined },
    classNames: feature?.kind === 'class' ? feature.names : undefined,
  };
}

/** Structures of bytes and a path, as the `datasets` library writes them, or bytes alone. */
function imageColumn(file: ParquetFile, wanted: string | undefined): readonly string[] {
  const { leaves, features } = file;
  const fitting = leaves.filter(
    ({ path, type }) => type === 'bytes' && (path.length === 1 || isBytesOf(path)),
  );
  if (wanted !== undefined) {
    const found = fitting.find(({ path }) => path[0] === wanted);
    if (found !== undefined) return found.path;
    throw unknownColumn(file, wanted, fitting);
  }
  const described = fitting.filter(({ path }) => features.get(path[0] ?? '')?.kind === 'image');
  const structures = fitting.filter(({ path }) => isBytesOf(path));
  const [candidates = []] = [described, structures, fitting].filter(({ length }) => length > 0);
  const [only, ...others] = candidates;
  if (only === undefined) {
    throw inputError(
      'no-images',
      `${file.path} has no column of images; it should be binary, or a structure of "bytes" and "path". It has ${listed(namesIn(leaves))}.`,
      { path: file.path },
    );
  }
  if (others.length > 0) throw ambiguous(file, 'image', namesIn(candidates));
  return only.path;
}

function isBytesOf(path: readonly string[]): boolean {
  return path.length === 2 && path[1] === 'bytes';
}

function labelColumn(file: ParquetFile, image: string, wanted: string | undefined): string {
  const { leaves, features } = file;
  const flat = leaves.filter((leaf) => mayBeLabel(leaf) && leaf.path[0] !== image);
  const names = namesIn(flat);
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted;
    throw unknownColumn(file, wanted, flat);
  }
  const described = names.filter((name) => features.get(name)?.kind === 'class');
  const called = names.filter((name) => LABEL_NAMES.test(name));
  const [candidates = []] = [described, called, names].filter(({ length }) => length > 0);
  const [only, ...others] = candidates;
  if (only === undefined) {
    throw inputError(
      'no-labels',
      `${file.path} has no column of labels, whole numbers or texts; it has ${listed(namesIn(leaves))}.`,
      { path: file.path },
    );
  }
  if (others.length > 0) throw ambiguous(file, 'label', candidates, image);
  return only;
}

/** A whole number or a text. */
export function mayBeLabel({ path, type }: LeafColumn): boolean {
  return path.length === 1 && (type === 'number' || type === 'text');
}

function namesIn(leaves: readonly LeafColumn[]): string[] {
  return [...new Set(leaves.map(({ path }) => path[0] ?? ''))];
}

const SHOWN = 20;

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, SHOWN).map((name) => `"${name}"`);
  return shown.join(', ') + (names.length > SHOWN ? ', …' : '');
}

function unknownColumn(file: ParquetFile, wanted: string, fitting: readonly LeafColumn[]): Error {
  return inputError(
    'unknown-column',
    `${file.path} has no such column "${wanted}"; there is ${listed(namesIn(fitting))}.`,
    { path: 'columns' },
  );
}

/** Its details are those of a list of labels, without rows. */
function ambiguous(
  { path, leaves }: ParquetFile,
  key: 'image' | 'label',
  names: readonly string[],
  image?: string,
): Error {
  const what = key === 'image' ? 'images' : 'classes';
  const others = namesIn(leaves.filter(mayBeLabel)).filter((name) => !names.includes(name));
  const columns = [...(image === undefined ? [] : [image]), ...names, ...others];
  return inputError(
    'ambiguous-columns',
    `${path}: it is not clear which column holds the ${what}: ${listed(names)}. Choose one; on the command line: --columns ${key}=${names[0]}.`,
    { path, details: { file: path, ...(image === undefined ? {} : { image }), columns, rows: [] } },
  );
}
