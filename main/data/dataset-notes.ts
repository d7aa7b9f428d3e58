// What should be known of a dataset before training on it, a line each: leaks between splits,
// contradicting labels, classes without validation, files that are not used, how the folders were read.
// Computed from what the pack keeps: no pixel is read.
import { firstOf } from '../../shared/format.ts';
import { splitsOf, type Dataset, type Problem, type Split } from './dataset.ts';
import { differ, equalImages, type SameGroup } from './equal-images.ts';
import { describeLayout } from './layout/layout-facts.ts';
import { pixelFindings, pixelSentences } from './pixel-findings.ts';
import { describeUnused } from './layout/unused-files.ts';

export interface DatasetNote {
  readonly code:
    | 'leaks'
    | 'contradictions'
    | 'empty-classes'
    | 'no-validation'
    | 'drawn-split'
    | 'problems'
    | 'pixels'
    | 'left-out'
    | 'relabelled'
    | 'unused'
    | 'layout';
  /** A whole sentence. */
  readonly text: string;
}

/** Worst first. */
export function notesOf(dataset: Dataset): DatasetNote[] {
  const { classes, problems, unused, layout, splits } = dataset;
  const used = usedClasses(dataset);
  const groups = equalImages(dataset);
  const note = (code: DatasetNote['code'], texts: readonly string[]): DatasetNote[] =>
    texts.map((text) => ({ code, text }));
  return [
    ...note('leaks', leaks(groups)),
    ...note('contradictions', contradictions(groups)),
    ...note('empty-classes', withoutImages(classes, used)),
    ...note('no-validation', withoutValidation(splits.val, { classes, used })),
    ...note('drawn-split', drawn(dataset)),
    ...note('problems', unusable(problems)),
    ...note('pixels', pixelSentences(pixelFindings(splitsOf(dataset), dataset.pixelRules))),
    ...note('left-out', leftOutSentences(dataset)),
    ...note('relabelled', relabelledSentences(dataset)),
    ...note(
      'unused',
      unused.map((group) => `${describeUnused(group)}.`),
    ),
    ...note('layout', layout === undefined ? [] : describeLayout(layout)),
  ];
}

function leftOutSentences({ leftOut }: Dataset): string[] {
  if (leftOut.length === 0) return [];
  const are = leftOut.length === 1 ? 'image is' : 'images are';
  return [`${leftOut.length} ${are} left out by decision; data restore takes them back.`];
}

function relabelledSentences({ relabelled }: Dataset): string[] {
  if (relabelled.length === 0) return [];
  const have = relabelled.length === 1 ? 'image has' : 'images have';
  return [
    `${relabelled.length} ${have} another class than in the source, by decision; data decisions lists them.`,
  ];
}

/** Images of validation or test that are in the training split as well. */
function leaks(groups: readonly SameGroup[]): string[] {
  const across = groups.filter((group) => differ(group, ({ split }) => split));
  const held = across.flatMap((group) => {
    const train = group.find(({ split }) => split === 'train');
    return train === undefined ? [] : group.filter(({ split }) => split !== 'train');
  });
  const [example] = across;
  const [first] = held;
  if (example === undefined || first === undefined) return [];
  const train = example.find(({ split }) => split === 'train');
  const other = example.find(({ split }) => split !== 'train');
  const names = train && other ? `, e.g. ${other.source} = ${train.source}` : '';
  const are = held.length === 1 ? 'image is' : 'images are';
  return [
    `${held.length} held-out ${are} in the training split too, so accuracy is too high${names}.`,
  ];
}

function contradictions(groups: readonly SameGroup[]): string[] {
  const found = groups.filter((group) => differ(group, ({ label }) => label));
  const [first] = found;
  if (first === undefined) return [];
  const [one, other] = [first[0], first.find(({ label }) => label !== first[0]?.label)];
  const have = found.length === 1 ? 'image has' : 'images have';
  return [`${found.length} ${have} two labels, e.g. ${one?.source} and ${other?.source}.`];
}

const SHOWN_CLASSES = 5;

/** Those with an image in any split. */
function usedClasses(dataset: Dataset): ReadonlySet<number> {
  return new Set(splitsOf(dataset).flatMap(({ labels }) => [...new Set(labels)]));
}

function withoutImages(classes: readonly string[], used: ReadonlySet<number>): string[] {
  const empty = classes.filter((_, label) => !used.has(label));
  if (empty.length === 0) return [];
  const [have, each] = empty.length === 1 ? ['has', 'it'] : ['have', 'each'];
  return [
    `${empty.length} of ${classes.length} classes ${have} no image in any split: ${firstOf(empty, SHOWN_CLASSES)}. The network gets an output for ${each} all the same; if that is not meant, remove empty folders, or number the labels without gaps.`,
  ];
}

/** `used`: a class without any image is said as that. */
function withoutValidation(
  val: Split | undefined,
  { classes, used }: { readonly classes: readonly string[]; readonly used: ReadonlySet<number> },
): string[] {
  if (val === undefined) return ['There is no validation split.'];
  const present = new Set(val.labels);
  const missing = classes.filter((_, label) => used.has(label) && !present.has(label));
  if (missing.length === 0) return [];
  return [
    `${missing.length} of ${classes.length} classes have no validation images: ${firstOf(missing, SHOWN_CLASSES)}.`,
  ];
}

function drawn(dataset: Dataset): string[] {
  const { splitOrigin, splits, classes } = dataset;
  const { val } = splits;
  if (splitOrigin.kind !== 'drawn' || val === undefined) return [];
  const counts = new Int32Array(classes.length);
  for (const label of val.labels) counts[label] = (counts[label] ?? 0) + 1;
  const used = usedClasses(dataset);
  const least = counts
    .filter((_, label) => used.has(label))
    .reduce((a, b) => Math.min(a, b), Infinity);
  const percent = Number((splitOrigin.valFraction * 100).toPrecision(3));
  return [
    `${val.count === 1 ? '1 validation image is' : `${val.count} validation images are`} drawn from the training images (${percent} %, seed ${splitOrigin.seed})${least > 0 ? `, at least ${least} of each class` : '; some classes get none'}.`,
  ];
}

function unusable(problems: readonly Problem[]): string[] {
  const [first] = problems;
  if (first === undefined) return [];
  return problems.length === 1
    ? [`1 file cannot be used: ${first.source} ${first.reason}.`]
    : [`${problems.length} files cannot be used, e.g. ${first.source} ${first.reason}.`];
}
