// What was found in a dataset, as the page is told: long lists cut, with their true length. Pure.
import type {
  DatasetCard,
  DatasetPreview,
  DatasetReport,
  FolderReading,
} from '../../../shared/contract/app/datasets.ts';
import type { Inspection, SameGroup } from '../../data/inspect.ts';
import { describeLayout, type ReadingOutline } from '../../data/layout/layout-facts.ts';
import { describeUnused, type UnusedFiles } from '../../data/layout/unused-files.ts';
import type { DatasetOverview } from '../../data/preview.ts';

const listedGroups = 500;
const listedInGroup = 100;
const listedProblems = 1000;
const listedSizes = 50;
const previewedProblems = 20;

export function toReport(
  card: DatasetCard,
  inspection: Inspection,
  decided: Pick<DatasetReport, 'data' | 'lastDecision' | 'keptCount'>,
): DatasetReport {
  const { kind, classes, splitOrigin, imbalance, statistics } = inspection;
  return {
    card,
    kind,
    classes: classes.map(({ name, counts }) => ({
      ...{ name, train: counts.train ?? 0, val: counts.val ?? 0, test: counts.test ?? 0 },
    })),
    splitOrigin:
      splitOrigin.kind === 'source'
        ? "the source's own splits"
        : (inspection.notes.find(({ code }) => code === 'drawn-split')?.text ?? ''),
    layout: toLayout(inspection),
    unused: inspection.unused.map(toUnused),
    imbalance: {
      ...imbalance,
      empty: [...imbalance.empty],
      tiny: imbalance.tiny.map((one) => ({ ...one })),
    },
    sizes: inspection.sizes.slice(0, listedSizes).map((size) => ({ ...size })),
    problems: inspection.problems.slice(0, listedProblems).map((problem) => ({ ...problem })),
    duplicates: toGroups(inspection.duplicates),
    duplicateCount: inspection.duplicates.length,
    acrossSplits: toGroups(inspection.acrossSplits),
    acrossSplitsCount: inspection.acrossSplits.length,
    contradicting: toGroups(inspection.contradicting),
    contradictingCount: inspection.contradicting.length,
    nearDuplicates: toGroups(inspection.nearDuplicates),
    nearDuplicateCount: inspection.nearDuplicates.length,
    oddSizes: inspection.oddSizes.slice(0, listedGroups).map((image) => ({ ...image })),
    oddSizeCount: inspection.oddSizes.length,
    damaged: inspection.damaged.slice(0, listedGroups).map((image) => ({ ...image })),
    damagedCount: inspection.damaged.length,
    transparent: inspection.transparent.slice(0, listedGroups).map((image) => ({ ...image })),
    transparentCount: inspection.transparent.length,
    depth: toDepth(inspection),
    leftOut: inspection.leftOut.slice(0, listedGroups).map((image) => ({ ...image })),
    leftOutCount: inspection.leftOut.length,
    relabelled: inspection.relabelled.slice(0, listedGroups).map((image) => ({ ...image })),
    relabelledCount: inspection.relabelled.length,
    ...decided,
    mean: [...statistics.mean],
    deviation: [...statistics.std],
  };
}

export function toPreview({ layout, unused, problems }: DatasetOverview): DatasetPreview {
  return {
    sentences: describeLayout(layout),
    readings: layout.readings.map(toReading),
    similarClasses: layout.similarClasses.map((names) => [...names]),
    unused: unused.map(toUnused),
    problems: problems.slice(0, previewedProblems).map((problem) => ({ ...problem })),
    problemCount: problems.length,
  };
}

function toDepth({ depth }: Inspection): DatasetReport['depth'] {
  if (depth === undefined) return null;
  const { count, low, high, clipped, proposed = null, fitting } = depth;
  return { count, low, high, clipped, proposed, fitting };
}

function toLayout({ layout }: Inspection): DatasetReport['layout'] {
  if (layout === undefined) return null;
  return {
    sentences: describeLayout(layout),
    similarClasses: layout.similarClasses.map((names) => [...names]),
    isMerged: layout.isMerged,
    readings: layout.readings.map(toReading),
  };
}

function toReading(reading: ReadingOutline): FolderReading {
  return {
    ...reading,
    counts: { ...reading.counts },
    classes: reading.classes.map((one) => ({ ...one })),
    unused: reading.unused.map(toUnused),
  };
}

function toUnused(group: UnusedFiles) {
  return { ...group, text: describeUnused(group), examples: [...group.examples] };
}

function toGroups(groups: readonly SameGroup[]) {
  return groups
    .slice(0, listedGroups)
    .map((group) => group.slice(0, listedInGroup).map((image) => ({ ...image })));
}
