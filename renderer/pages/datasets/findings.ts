// What the scan found, as a list of things to do, worst first. Pure.
import type { DatasetReport } from '../../../shared/contract/app/datasets.ts';
import { formatExact } from '../../../shared/format.ts';

export interface FindingEntry {
  readonly text: string;
  readonly note?: string;
  /** The file it is about, as the host knows it. */
  readonly path?: string;
  /** Why it is here, beside what is known of every picture. */
  readonly reason?: string;
}

export interface Finding {
  readonly id: string;
  readonly tone: 'bad' | 'warn' | 'note';
  readonly title: string;
  readonly advice: string;
  readonly count: number;
  /** Files, those that belong together in one group. */
  readonly groups: readonly (readonly FindingEntry[])[];
  /** What is offered for its images, which are then shown as pictures. */
  readonly action?: 'leave-out-rest' | 'leave-out-all' | 'restore';
  /** How many groups are not listed. */
  readonly more: number;
}

/** What the finding's own button decides: all of its images, or all but the first of each group. */
export function proposedFiles({ action, groups }: Finding): readonly string[] {
  if (action === undefined) return [];
  const first = action === 'leave-out-rest' ? 1 : 0;
  return [
    ...new Set(groups.flatMap((group) => group.slice(first).flatMap(({ path }) => path ?? []))),
  ];
}

type Same = DatasetReport['duplicates'];

/** From this ratio of largest to smallest class on, accuracy alone misleads. */
const IMBALANCE_RATIO = 3;

/** Files that nobody expects to be used. */
const HARMLESS: Readonly<Record<string, string>> = {
  'system-files': 'Files that are hidden or left by the system',
  'no-images': 'Files that are no images',
};
const UNUSED_ADVICE: Readonly<Record<string, string>> = {
  'system-files': 'They are skipped because of their names. There is nothing to do.',
  'no-images': 'They are skipped. There is nothing to do.',
  'beside-classes': 'They are not used. Put them into the folder of their class.',
  'without-class': 'They are not used. Sort them into class folders.',
  'outside-splits': 'They are not used. Move them into a split, or remove them.',
};

export function findingsOf(report: DatasetReport): readonly Finding[] {
  const all = [
    ...wrongPairs(report),
    ...unusableFiles(report),
    ...incompleteClasses(report),
    ...doubtfulImages(report),
    ...copies(report),
    ...unevenClasses(report),
    ...unevenSizes(report),
    ...decisions(report),
  ];
  return all.flatMap((finding) => (finding.count > 0 ? [{ more: 0, ...finding }] : []));
}

/** `more` is 0 unless it is given; a finding of nothing is no finding. */
type FoundOf = Omit<Finding, 'more'> & { readonly more?: number };

/** `val · cat`. */
function placeOf(
  { classes }: DatasetReport,
  { split, label }: { readonly split: string; readonly label: number },
): string {
  return `${split} · ${classes[label]?.name ?? label}`;
}

function sameImages(report: DatasetReport, groups: Same): FindingEntry[][] {
  return groups.map((group) =>
    group.map((image) => ({
      text: image.source,
      path: image.source,
      note: placeOf(report, image),
    })),
  );
}

/** Equal images that cannot both be right. */
function wrongPairs(report: DatasetReport): readonly FoundOf[] {
  return [
    {
      ...{ id: 'leaks', tone: 'bad', count: report.acrossSplitsCount },
      title: 'Equal images in training and validation',
      advice:
        'The same image is in training and validation, so validation accuracy is too high. Keep one copy of each.',
      action: 'leave-out-rest',
      groups: sameImages(report, report.acrossSplits),
      more: report.acrossSplitsCount - report.acrossSplits.length,
    },
    {
      ...{ id: 'contradictions', tone: 'bad', count: report.contradictingCount },
      title: 'Equal images under different classes',
      advice: 'One of the labels is wrong, or the classes overlap. No network can get both right.',
      action: 'leave-out-all',
      groups: sameImages(report, report.contradicting),
      more: report.contradictingCount - report.contradicting.length,
    },
  ];
}

/** What is read badly, or not at all. */
function unusableFiles(report: DatasetReport): readonly FoundOf[] {
  const { depth } = report;
  const unused = report.unused.map(({ code, text, count, examples }): FoundOf => ({
    ...{ id: `unused-${code}`, tone: code in HARMLESS ? 'note' : 'warn', count },
    title: HARMLESS[code] ?? text,
    advice: UNUSED_ADVICE[code] ?? '',
    groups: [examples.map((path) => ({ text: path, ...(path.endsWith('/') ? {} : { path }) }))],
  }));
  return [
    {
      ...{ id: 'depth', tone: 'bad', count: typeof depth?.proposed !== 'string' ? 0 : depth.count },
      title: '16-bit images that use few of their levels',
      advice:
        typeof depth?.proposed !== 'string'
          ? ''
          : `Of 0…65535 they use ${depth.low}…${depth.high}, so they look nearly uniform. Choose the window ${depth.proposed.replace('..', '…')} above.`,
      groups: [],
    },
    {
      ...{ id: 'unreadable', tone: 'bad', count: report.card.problemCount },
      title: 'Files that cannot be used',
      advice: 'No run uses them. Each says why.',
      groups: [
        report.problems.map(({ source, reason }) => ({ text: source, path: source, note: reason })),
      ],
      more: report.card.problemCount - report.problems.length,
    },
    ...unused,
  ];
}

/** Classes that cannot be learned or judged. */
function incompleteClasses(report: DatasetReport): readonly FoundOf[] {
  const { imbalance } = report;
  const missing = report.classes.filter(({ val, train }) => val === 0 && train > 0);
  return [
    {
      ...{ id: 'similar-classes', tone: 'bad', count: report.layout?.similarClasses.length ?? 0 },
      title: 'Classes whose names differ only in case, spaces or accents',
      advice: 'Read them as one class with “Merge classes” above, or rename the folders.',
      groups: (report.layout?.similarClasses ?? []).map((names) =>
        names.map((name) => ({ text: JSON.stringify(name) })),
      ),
    },
    {
      ...{ id: 'no-validation', tone: 'warn', count: missing.length },
      title: 'Classes without validation images',
      advice: 'Their accuracy is unknown. Hold out more images, or add some.',
      groups: [
        missing.map(({ name, train }) => ({
          text: name,
          note: `${formatExact(train)} training images`,
        })),
      ],
    },
    {
      ...{ id: 'empty', tone: 'bad', count: imbalance.empty.length },
      title: 'Classes without training images',
      advice:
        'The network can never learn to name them. Add images, or take the classes out of the source; of labels that are numbers, every number up to the largest is a class.',
      groups: [imbalance.empty.map((name) => ({ text: name }))],
    },
  ];
}

/** Images that may not show what their viewer shows. */
function doubtfulImages(report: DatasetReport): readonly FoundOf[] {
  return [
    {
      ...{ id: 'damaged', tone: 'warn', count: report.damagedCount },
      title: 'Damaged files that were decoded all the same',
      advice: 'Viewers show them too. Look at each, and leave out those that show nothing useful.',
      action: 'leave-out-all',
      groups: [
        report.damaged.map(({ source, reason }) => ({
          text: source,
          path: source,
          note: reason,
          reason,
        })),
      ],
      more: report.damagedCount - report.damaged.length,
    },
    {
      ...{ id: 'transparent', tone: 'note', count: report.transparentCount },
      action: 'leave-out-all',
      title: 'Images with transparent pixels',
      advice:
        report.card.pixelRules.ground === 'none'
          ? 'Alpha is ignored: the network sees colours that viewers hide.'
          : `They are drawn on ${report.card.pixelRules.ground}.`,
      groups: [
        report.transparent.map((image) => ({
          text: image.source,
          path: image.source,
          note: placeOf(report, image),
        })),
      ],
      more: report.transparentCount - report.transparent.length,
    },
  ];
}

/** Images that count more than once. */
function copies(report: DatasetReport): readonly FoundOf[] {
  return [
    {
      ...{ id: 'duplicates', tone: 'warn', count: report.duplicateCount },
      title: 'Duplicate images',
      advice: 'Duplicates count more than once in training. Keep one copy of each.',
      action: 'leave-out-rest',
      groups: sameImages(report, report.duplicates),
      more: report.duplicateCount - report.duplicates.length,
    },
    {
      ...{ id: 'near', tone: 'warn', count: report.nearDuplicateCount },
      title: 'Images that look alike',
      advice:
        'They may be copies in another quality or size. Between splits, such copies make validation accuracy too high.',
      action: 'leave-out-rest',
      groups: sameImages(report, report.nearDuplicates),
      more: report.nearDuplicateCount - report.nearDuplicates.length,
    },
  ];
}

/** Classes with few images, or with many more than others. */
function unevenClasses(report: DatasetReport): readonly FoundOf[] {
  const { imbalance } = report;
  return [
    {
      ...{ id: 'tiny', tone: 'warn', count: imbalance.tiny.length },
      title: 'Classes with very few training images',
      advice: 'Their accuracy will say little. Add images, or weigh classes in the recipe.',
      groups: [
        imbalance.tiny.map(({ name, count }) => ({
          text: name,
          note: `${formatExact(count)} training images`,
        })),
      ],
    },
    {
      ...{ id: 'imbalance', tone: 'warn', count: imbalance.ratio >= IMBALANCE_RATIO ? 1 : 0 },
      title: `${imbalance.largest} has ${Number(imbalance.ratio.toPrecision(2))} times as many images as ${imbalance.smallest}`,
      advice: 'Look at the accuracy of each class, not only at the mean.',
      groups: [
        report.classes
          .toSorted((a, b) => b.train - a.train)
          .map(({ name, train }) => ({
            text: name,
            note: `${formatExact(train)} training images`,
          })),
      ],
    },
  ];
}

/** Images that are changed much on their way to one size. */
function unevenSizes(report: DatasetReport): readonly FoundOf[] {
  return [
    {
      ...{ id: 'odd-sizes', tone: 'note', count: report.oddSizeCount },
      title: 'Images of unusual size',
      action: 'leave-out-all',
      advice: 'Very long ones lose their ends, very small ones become soft. Look at a few.',
      groups: [
        report.oddSizes.map(({ source, width, height, reason }) => ({
          text: source,
          path: source,
          note: `${width}×${height}, ${reason}`,
          reason,
        })),
      ],
      more: report.oddSizeCount - report.oddSizes.length,
    },
    {
      ...{ id: 'sizes', tone: 'note', count: report.sizes.length > 1 ? report.sizes.length : 0 },
      title: 'Images of different sizes',
      advice: 'All are brought to one size; very different shapes lose their edges.',
      groups: [
        report.sizes.map(({ width, height, count }) => ({
          text: `${width}×${height}`,
          note: `${formatExact(count)} images`,
        })),
      ],
    },
  ];
}

/** What was decided about single images. */
function decisions(report: DatasetReport): readonly FoundOf[] {
  const nameOf = (label: number): string => report.classes[label]?.name ?? String(label);
  return [
    {
      ...{ id: 'left-out', tone: 'note', count: report.leftOutCount },
      title: 'Images left out by decision',
      advice: 'New runs do not use them; their files are untouched.',
      action: 'restore',
      groups: [
        report.leftOut.map((image) => ({
          text: image.source,
          path: image.source,
          note: `${placeOf(report, image)} · ${image.width}×${image.height}`,
        })),
      ],
      more: report.leftOutCount - report.leftOut.length,
    },
    {
      ...{ id: 'relabelled', tone: 'note', count: report.relabelledCount },
      title: 'Images relabelled by decision',
      advice: 'New runs use the new class; their files are untouched.',
      action: 'restore',
      groups: [
        report.relabelled.map(({ source, split, from, to }) => ({
          text: source,
          path: source,
          note: `${split} · ${nameOf(from)} → ${nameOf(to)}`,
          reason: `${nameOf(from)} → ${nameOf(to)}`,
        })),
      ],
      more: report.relabelledCount - report.relabelled.length,
    },
  ];
}
