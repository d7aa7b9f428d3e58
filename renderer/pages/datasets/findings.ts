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
  const classes = report.classes.map(({ name }) => name);
  const sameImages = (groups: Same): FindingEntry[][] =>
    groups.map((group) =>
      group.map(({ source, split, label }) => ({
        text: source,
        path: source,
        note: `${split} · ${classes[label] ?? label}`,
      })),
    );
  const findings: Finding[] = [];
  const add = (finding: Omit<Finding, 'more'> & { readonly more?: number }): void => {
    if (finding.count > 0) findings.push({ more: 0, ...finding });
  };
  const { imbalance, depth } = report;
  const missing = report.classes.filter(({ val, train }) => val === 0 && train > 0);
  add({
    ...{ id: 'leaks', tone: 'bad', count: report.acrossSplitsCount },
    title: 'Equal images in training and validation',
    advice:
      'The same image is in training and validation, so validation accuracy is too high. Keep one copy of each.',
    action: 'leave-out-rest',
    groups: sameImages(report.acrossSplits),
    more: report.acrossSplitsCount - report.acrossSplits.length,
  });
  add({
    ...{ id: 'contradictions', tone: 'bad', count: report.contradictingCount },
    title: 'Equal images under different classes',
    advice: 'One of the labels is wrong, or the classes overlap. No network can get both right.',
    action: 'leave-out-all',
    groups: sameImages(report.contradicting),
    more: report.contradictingCount - report.contradicting.length,
  });
  add({
    ...{ id: 'depth', tone: 'bad', count: typeof depth?.proposed !== 'string' ? 0 : depth.count },
    title: '16-bit images that use few of their levels',
    advice:
      typeof depth?.proposed !== 'string'
        ? ''
        : `Of 0…65535 they use ${depth.low}…${depth.high}, so they look nearly uniform. Choose the window ${depth.proposed.replace('..', '…')} above.`,
    groups: [],
  });
  add({
    ...{ id: 'unreadable', tone: 'bad', count: report.card.problemCount },
    title: 'Files that cannot be used',
    advice: 'No run uses them. Each says why.',
    groups: [
      report.problems.map(({ source, reason }) => ({ text: source, path: source, note: reason })),
    ],
    more: report.card.problemCount - report.problems.length,
  });
  for (const { code, text, count, examples } of report.unused) {
    add({
      ...{ id: `unused-${code}`, tone: code in HARMLESS ? 'note' : 'warn', count },
      title: HARMLESS[code] ?? text,
      advice: UNUSED_ADVICE[code] ?? '',
      groups: [examples.map((path) => ({ text: path, ...(path.endsWith('/') ? {} : { path }) }))],
      more: 0,
    });
  }
  add({
    ...{ id: 'similar-classes', tone: 'bad', count: report.layout?.similarClasses.length ?? 0 },
    title: 'Classes whose names differ only in case, spaces or accents',
    advice: 'Read them as one class with “Merge classes” above, or rename the folders.',
    groups: (report.layout?.similarClasses ?? []).map((names) =>
      names.map((name) => ({ text: JSON.stringify(name) })),
    ),
  });
  add({
    ...{ id: 'no-validation', tone: 'warn', count: missing.length },
    title: 'Classes without validation images',
    advice: 'Their accuracy is unknown. Hold out more images, or add some.',
    groups: [
      missing.map(({ name, train }) => ({
        text: name,
        note: `${formatExact(train)} training images`,
      })),
    ],
  });
  add({
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
  });
  add({
    ...{ id: 'transparent', tone: 'note', count: report.transparentCount },
    action: 'leave-out-all',
    title: 'Images with transparent pixels',
    advice:
      report.card.pixelRules.ground === 'none'
        ? 'Alpha is ignored: the network sees colours that viewers hide.'
        : `They are drawn on ${report.card.pixelRules.ground}.`,
    groups: [
      report.transparent.map(({ source, split, label }) => ({
        text: source,
        path: source,
        note: `${split} · ${classes[label] ?? label}`,
      })),
    ],
    more: report.transparentCount - report.transparent.length,
  });
  add({
    ...{ id: 'empty', tone: 'bad', count: imbalance.empty.length },
    title: 'Classes without training images',
    advice: 'The network can never learn to name them. Add images or remove the folders.',
    groups: [imbalance.empty.map((name) => ({ text: name }))],
  });
  add({
    ...{ id: 'duplicates', tone: 'warn', count: report.duplicateCount },
    title: 'Duplicate images',
    advice: 'Duplicates count more than once in training. Keep one copy of each.',
    action: 'leave-out-rest',
    groups: sameImages(report.duplicates),
    more: report.duplicateCount - report.duplicates.length,
  });
  add({
    ...{ id: 'near', tone: 'warn', count: report.nearDuplicateCount },
    title: 'Images that look alike',
    advice:
      'They may be copies in another quality or size. Between splits, such copies make validation accuracy too high.',
    action: 'leave-out-rest',
    groups: sameImages(report.nearDuplicates),
    more: report.nearDuplicateCount - report.nearDuplicates.length,
  });
  add({
    ...{ id: 'tiny', tone: 'warn', count: imbalance.tiny.length },
    title: 'Classes with very few training images',
    advice: 'Their accuracy will say little. Add images, or weigh classes in the recipe.',
    groups: [
      imbalance.tiny.map(({ name, count }) => ({
        text: name,
        note: `${formatExact(count)} training images`,
      })),
    ],
  });
  add({
    ...{ id: 'imbalance', tone: 'warn', count: imbalance.ratio >= IMBALANCE_RATIO ? 1 : 0 },
    title: `${imbalance.largest} has ${Number(imbalance.ratio.toPrecision(2))} times as many images as ${imbalance.smallest}`,
    advice: 'Look at the accuracy of each class, not only at the mean.',
    groups: [
      report.classes
        .toSorted((a, b) => b.train - a.train)
        .map(({ name, train }) => ({ text: name, note: `${formatExact(train)} training images` })),
    ],
  });
  add({
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
  });
  add({
    ...{ id: 'sizes', tone: 'note', count: report.sizes.length > 1 ? report.sizes.length : 0 },
    title: 'Images of different sizes',
    advice: 'All are brought to one size; very different shapes lose their edges.',
    groups: [
      report.sizes.map(({ width, height, count }) => ({
        text: `${width}×${height}`,
        note: `${formatExact(count)} images`,
      })),
    ],
  });
  add({
    ...{ id: 'left-out', tone: 'note', count: report.leftOutCount },
    title: 'Images left out by decision',
    advice: 'New runs do not use them; their files are untouched.',
    action: 'restore',
    groups: [
      report.leftOut.map(({ source, split, label, width, height }) => ({
        text: source,
        path: source,
        note: `${split} · ${classes[label] ?? label} · ${width}×${height}`,
      })),
    ],
    more: report.leftOutCount - report.leftOut.length,
  });
  add({
    ...{ id: 'relabelled', tone: 'note', count: report.relabelledCount },
    title: 'Images relabelled by decision',
    advice: 'New runs use the new class; their files are untouched.',
    action: 'restore',
    groups: [
      report.relabelled.map(({ source, split, from, to }) => ({
        text: source,
        path: source,
        note: `${split} · ${classes[from] ?? from} → ${classes[to] ?? to}`,
        reason: `${classes[from] ?? from} → ${classes[to] ?? to}`,
      })),
    ],
    more: report.relabelledCount - report.relabelled.length,
  });
  return findings;
}
