// Labels of arrays as numbers of classes with names. Everything that a file announces is held against a
// limit before memory is taken for it.
import { inputError } from '../../../shared/errors.ts';
import { MOST_CLASSES } from '../../../shared/limits.ts';

export interface NumberedSplit {
  /** The array, shown to people. */
  readonly name: string;
  readonly labels: Int32Array;
}

export interface ClassNumbers {
  readonly classes: readonly string[];
  /** To be taken off every label. */
  readonly first: number;
}

export interface ClassOptions {
  /** In the order of their numbers; left out: classes are called by their number. */
  readonly names?: readonly string[] | undefined;
  /** If no image has the label 0, numbers may begin with 1. */
  readonly mayStartLater?: boolean;
  /** -1 means: has no label. */
  readonly mayBeUnlabelled?: boolean;
}

/** @throws inputError `bad-label`, `too-many-classes` */
export function classesOfNumbers(
  where: string,
  splits: readonly NumberedSplit[],
  { names, mayStartLater = false, mayBeUnlabelled = false }: ClassOptions = {},
): ClassNumbers {
  let largest = -1;
  let smallest = Infinity;
  for (const { name, labels } of splits) {
    for (const [row, label] of labels.entries()) {
      if (label === -1 && mayBeUnlabelled) continue;
      if (label < 0) throw negative(where, name, row, label);
      if (label >= MOST_CLASSES) throw labelTooLarge(where, name, row, label);
      if (label > largest) largest = label;
      if (label < smallest) smallest = label;
    }
  }
  if (names !== undefined) {
    requireClassCount(where, names.length);
    if (names.length <= largest) {
      throw inputError(
        'bad-label',
        `${where}: there is a label ${largest}, but only ${names.length} classes have names; they are numbered from 0.`,
        { path: where, details: { largest, classes: names.length } },
      );
    }
    return { classes: names, first: 0 };
  }
  const first = mayStartLater && smallest === 1 ? 1 : 0;
  const classes = Array.from({ length: largest + 1 - first }, (_, i) => String(i + first));
  return { classes, first };
}

function negative(where: string, name: string, row: number, label: number): Error {
  return inputError('bad-label', `${where}: the label of image ${row} in "${name}" is ${label}.`, {
    path: `${where}#${name}`,
    details: { row, label },
  });
}

function labelTooLarge(where: string, name: string, row: number, label: number): Error {
  return inputError(
    'too-many-classes',
    `${where}: the label of image ${row} in "${name}" is ${label}; labels are numbers of classes, from 0 to at most ${MOST_CLASSES - 1}.`,
    { path: `${where}#${name}`, details: { row, label, limit: MOST_CLASSES } },
  );
}

/** @throws inputError `too-many-classes` */
export function requireClassCount(where: string, count: number): void {
  if (count <= MOST_CLASSES) return;
  throw inputError(
    'too-many-classes',
    `${where} has ${count} classes; up to ${MOST_CLASSES} are read. Is another column or array the labels?`,
    { path: where, details: { count, limit: MOST_CLASSES } },
  );
}

export interface NamedLabels {
  readonly labels: Int32Array;
  readonly classes: readonly string[];
}

/** Classes in the order of their names, by code units. '' means: has no label. */
export function classesOfNames(where: string, texts: readonly string[]): NamedLabels {
  const distinct = new Set(texts);
  distinct.delete('');
  requireClassCount(where, distinct.size);
  const classes = [...distinct].sort();
  const numbers = new Map(classes.map((name, label) => [name, label]));
  return { labels: Int32Array.from(texts, (text) => numbers.get(text) ?? -1), classes };
}
