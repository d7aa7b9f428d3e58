// What was understood of a dataset's folders, as data: it is kept with the pack, shown by inspection and,
// where it is ambiguous, offered as a choice. Sentences for people are made from it here too.
import { firstOf } from '../../../shared/format.ts';
import type { LayoutName } from '../../../shared/spec/layout.ts';
import type { SplitName } from '../dataset.ts';
import type { Reading } from './reading.ts';
import type { LabelList } from '../labels/labelled-reading.ts';
import type { GuessedEncoding } from '../archive/name-encoding.ts';
import { similarClasses } from './similar-classes.ts';
import { splitFoldersOfRules1 } from './split-names.ts';
import { describeUnused, type UnusedFiles } from './unused-files.ts';

/** One way to read a folder, without its files. */
export interface ReadingOutline {
  readonly layout: LayoutName;
  /** What the levels are taken for, as a sentence without its subject. */
  readonly title: string;
  readonly counts: Readonly<Record<SplitName, number>>;
  readonly classCount: number;
  /** The first ones. */
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  /** Images only. */
  readonly unused: readonly (UnusedFiles & { readonly text: string })[];
}

export interface LayoutFacts {
  readonly layout: LayoutName;
  /** True where it was asked for; else it was clear from the names. */
  readonly isChosen: boolean;
  /** Relative to the dataset; '' unless everything lies in a wrapper folder. */
  readonly base: string;
  /** Which folder was taken for which split, by path. */
  readonly splitFolders: readonly { readonly path: string; readonly split: SplitName }[];
  readonly deeper: { readonly count: number; readonly example: string };
  /** Class names that differ only in case, spaces or composition of letters; each group is still apart. */
  readonly similarClasses: readonly (readonly string[])[];
  /** True if such names were read as one. */
  readonly isMerged: boolean;
  /** The lists that the labels came from. */
  readonly lists?: readonly LabelList[];
  /** As they were asked for. */
  readonly columns?: string;
  /** Of names in a zip that do not say it. */
  readonly nameEncoding?: GuessedEncoding;
  /** Folders that are links to places outside of the dataset; their images are used like all others. */
  readonly links?: { readonly count: number; readonly example: string };
  /** All ways to read it, this one first. */
  readonly readings: readonly ReadingOutline[];
}

const TITLES: Readonly<Record<LayoutName, string>> = {
  class: 'every folder is a class',
  'split/class': 'split folders, with class folders in them',
  'split/class+list': 'split folders; class folders for training, a list of labels for the others',
  'train/class': 'only the training split; validation images are drawn from it',
  'class/split': 'class folders, with split folders in them',
  'class+split': 'class folders for training, with split folders beside them',
  'folder/class': 'the folders below are the classes, and the outer folders mean nothing',
  'folder/split/class': 'several parts, each with split folders and class folders in it',
  parquet: 'images and labels are columns of Parquet files',
  list: 'a list of labels says what the images are',
  'split/folder/class': 'split folders; the classes are two levels below',
};

const LISTED_CLASSES = 50;

export function outlineReading({ layout, classes, files, unused }: Reading): ReadingOutline {
  const counts = { train: 0, val: 0, test: 0 };
  const perClass = classes.map((name) => ({ name, count: 0 }));
  for (const { split, label } of files) {
    counts[split]++;
    const own = perClass[label];
    if (own !== undefined) own.count++;
  }
  return {
    layout,
    title: TITLES[layout],
    counts,
    classCount: classes.length,
    classes: perClass.slice(0, LISTED_CLASSES),
    unused: unused.map((group) => ({ ...group, text: describeUnused(group) })),
  };
}

export function factsOf(
  reading: Reading,
  others: readonly ReadingOutline[],
  { isChosen, isMerged }: Pick<LayoutFacts, 'isChosen' | 'isMerged'>,
): LayoutFacts {
  const { layout, base, splitFolders, deeper, classes } = reading;
  const own = outlineReading(reading);
  return {
    ...{ layout, isChosen, base, splitFolders, deeper, isMerged },
    similarClasses: similarClasses(classes),
    readings: [own, ...others.filter((other) => other.layout !== layout)],
  };
}

/** What is worth saying of how the folders were read: nothing where it is plain train, val and test. */
export function describeLayout(facts: LayoutFacts): string[] {
  const { layout, base, splitFolders, deeper, isChosen, isMerged } = facts;
  const plain = splitFoldersOfRules1(splitFolders.map(({ path }) => path));
  const spoken = splitFolders.filter(({ path, split }) => plain.get(path) !== split);
  const isPlain = layout === 'class' || layout === 'split/class';
  return [
    ...(isChosen || !isPlain ? [`Read as ${layout}: ${TITLES[layout]}.`] : []),
    ...(facts.lists ?? []).map(describeList),
    ...(base === '' ? [] : [`The dataset is in the folder ${base}.`]),
    ...(spoken.length === 0 ? [] : [`${spokenSplits(spoken)}.`]),
    ...(deeper.count === 0
      ? []
      : [
          `${deeper.count} ${deeper.count === 1 ? 'image lies' : 'images lie'} in deeper folders, e.g. ${deeper.example}; the class folder above counts.`,
        ]),
    ...facts.similarClasses.map(
      (names) => `The classes ${listed(names)} differ only in case, spaces or accents.`,
    ),
    ...linkSentence(facts.links),
    ...(facts.nameEncoding === undefined
      ? []
      : [
          `The archive does not say in which encoding its names are; they were taken for ${ENCODINGS[facts.nameEncoding]}.`,
        ]),
    ...(isMerged ? ['Class names that differ only in case, spaces or accents are one class.'] : []),
  ];
}

const ENCODINGS: Readonly<Record<GuessedEncoding, string>> = {
  gbk: 'GBK (Chinese)',
  shift_jis: 'Shift-JIS (Japanese)',
};

function linkSentence(links: LayoutFacts['links']): string[] {
  if (links === undefined) return [];
  const { count, example } = links;
  return count === 1
    ? [`A folder is a link to another place, and its files are used: ${example}.`]
    : [`${count} folders are links to other places, and their files are used, e.g. ${example}.`];
}

function describeList({
  file,
  image,
  label,
  split,
  unmatchedRows,
  labels,
  numbering,
}: LabelList): string {
  const splits = split === undefined ? '' : `, splits from "${split}"`;
  const rest =
    unmatchedRows === 0
      ? ''
      : ` ${unmatchedRows} of its rows ${unmatchedRows === 1 ? 'is' : 'are'} not used.`;
  const of = labels === undefined ? '' : ` of ${labels}`;
  const numbers = numbering === undefined ? '' : ` ${numbering}`;
  return `Labels${of} come from ${file}: images from the column "${image}", classes from "${label}"${splits}.${numbers}${rest}`;
}

const SHOWN_SPLITS = 6;

function spokenSplits(folders: LayoutFacts['splitFolders']): string {
  return firstOf(
    folders.map(({ path, split }) => `${path} is ${split}`),
    SHOWN_SPLITS,
  );
}

function listed(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ');
}

/** `3 classes (a, b, c): 36 train, 15 test; 12 files are images …`. */
export function describeOutline({ counts, classes, classCount, unused }: ReadingOutline): string {
  const names = classes.slice(0, 4).map(({ name }) => name);
  const more = classCount > names.length ? ', …' : '';
  const splits = Object.entries(counts).filter(([, count]) => count > 0);
  const left = unused.reduce((sum, { count }) => sum + count, 0);
  return [
    `${classCount} ${classCount === 1 ? 'class' : 'classes'} (${names.join(', ')}${more})`,
    splits.map(([split, count]) => `${count} ${split}`).join(', '),
    ...(left > 0 ? [`${left} images not used`] : []),
  ].join(', ');
}
