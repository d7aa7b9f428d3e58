// Looks at an opened dataset and reports, as data, what a person should know before training on it:
// counts, balance, sizes, unusable files, exact duplicates, leaks between splits, contradicting labels.
// It judges nothing and prints nothing. Equal means: the same pixels after decoding and resizing.
import {
  readRange,
  splitsOf,
  type Dataset,
  type DatasetKind,
  type ImageShape,
  type Problem,
  type Split,
  type SplitName,
  type SplitOrigin,
  type Statistics,
} from './dataset.ts';
import type { Decided } from './decisions.ts';
import type { LayoutFacts } from './layout/layout-facts.ts';
import type { UnusedFiles } from './layout/unused-files.ts';
import { notesOf, type DatasetNote } from './dataset-notes.ts';
import {
  describe,
  differ,
  digestAt,
  equalImages,
  type SameGroup,
  type SameImage,
} from './equal-images.ts';
import { LookAlikes } from './near-duplicates.ts';
import { pixelFindings, type PixelFindings } from './pixel-findings.ts';
import { createProgressMeter, type Watch } from './progress.ts';

export interface ClassCounts {
  readonly name: string;
  readonly counts: Readonly<Partial<Record<SplitName, number>>>;
}

export interface SizeCount {
  readonly width: number;
  readonly height: number;
  readonly count: number;
}

export type { SameGroup, SameImage } from './equal-images.ts';

/** An image whose own size stands out. */
export interface OddSize extends SameImage {
  readonly width: number;
  readonly height: number;
  /** A part of a sentence: `is 9 times as wide as high`. */
  readonly reason: string;
}

export interface Inspection extends PixelFindings, Decided {
  readonly name: string;
  readonly kind: DatasetKind;
  readonly fingerprint: string;
  readonly shape: ImageShape;
  readonly splitOrigin: SplitOrigin;
  readonly splits: Readonly<Partial<Record<SplitName, number>>>;
  readonly classes: readonly ClassCounts[];
  /** In the training split; `ratio` is largest / smallest of the classes that have images. */
  readonly imbalance: {
    readonly ratio: number;
    readonly largest: string;
    readonly smallest: string;
    readonly empty: readonly string[];
    /** Fewer than 10 training images, or less than a twentieth of the median class; none is empty. */
    readonly tiny: readonly { readonly name: string; readonly count: number }[];
  };
  /** Of the files, before resizing; the most frequent first. */
  readonly sizes: readonly SizeCount[];
  /** Very long, very small or very large pictures, most unusual kinds first. */
  readonly oddSizes: readonly OddSize[];
  readonly problems: readonly Problem[];
  readonly unused: readonly UnusedFiles[];
  readonly layout: LayoutFacts | undefined;
  /** Every group of equal images; the next two pick out those that do harm. */
  readonly duplicates: readonly SameGroup[];
  readonly acrossSplits: readonly SameGroup[];
  readonly contradicting: readonly SameGroup[];
  /** Look alike without being equal; of equal ones only the first is in a group. */
  readonly nearDuplicates: readonly SameGroup[];
  readonly nearAcrossSplits: readonly SameGroup[];
  /** What `train` says before the first step. */
  readonly notes: readonly DatasetNote[];
  readonly statistics: Statistics;
}

/** Training images. */
const TINY_CLASS = 10;
const TINY_SHARE = 1 / 20;
/** Long side to short side; enlargement to the dataset's shape; to the median picture. */
const ODD_RATIO = 3;
const ODD_GROWTH = 2;
const ODD_SIDE = 8;
const BLOCK_BYTES = 4 * 0x10_0000;

export async function inspectDataset(dataset: Dataset, watch: Watch = {}): Promise<Inspection> {
  const splits = splitsOf(dataset);
  const duplicates = equalImages(dataset);
  const nearDuplicates = await findNearDuplicates(dataset, splits, watch);
  const counted = splits.map(
    (split) => [split.name, countsOf(split, dataset.classes.length)] as const,
  );
  const classes = dataset.classes.map((name, label) => ({
    name,
    counts: Object.fromEntries(counted.map(([split, counts]) => [split, counts[label] ?? 0])),
  }));
  return {
    name: dataset.name,
    kind: dataset.kind,
    fingerprint: dataset.fingerprint,
    shape: dataset.shape,
    splitOrigin: dataset.splitOrigin,
    splits: Object.fromEntries(splits.map((split) => [split.name, split.count])),
    classes,
    imbalance: imbalanceOf(classes),
    sizes: sizesOf(splits),
    oddSizes: oddSizesOf(splits, dataset),
    problems: dataset.problems,
    unused: dataset.unused,
    layout: dataset.layout,
    leftOut: dataset.leftOut,
    relabelled: dataset.relabelled,
    duplicates,
    acrossSplits: duplicates.filter((group) => differ(group, (image) => image.split)),
    contradicting: duplicates.filter((group) => differ(group, (image) => image.label)),
    nearDuplicates,
    nearAcrossSplits: nearDuplicates.filter((group) => differ(group, (image) => image.split)),
    notes: notesOf(dataset),
    ...pixelFindings(splits, dataset.pixelRules),
    statistics: dataset.statistics,
  };
}

function countsOf({ labels }: Split, classCount: number): Int32Array {
  const counts = new Int32Array(classCount);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

function imbalanceOf(classes: readonly ClassCounts[]): Inspection['imbalance'] {
  const counted = classes.map(({ name, counts }) => ({ name, count: counts.train ?? 0 }));
  const present = counted.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  const median = present[present.length >> 1]?.count ?? 0;
  const largest = present[0];
  const smallest = present.at(-1);
  return {
    ratio: largest === undefined || smallest === undefined ? 1 : largest.count / smallest.count,
    largest: largest?.name ?? '',
    smallest: smallest?.name ?? '',
    empty: counted.filter(({ count }) => count === 0).map(({ name }) => name),
    tiny: present.filter(({ count }) => count < Math.max(TINY_CLASS, median * TINY_SHARE)),
  };
}

function sizesOf(splits: readonly Split[]): SizeCount[] {
  const counts = new Map<string, SizeCount>();
  for (const split of splits) {
    for (let i = 0; i < split.count; i++) {
      const { width, height } = split.originalSizeOf(i);
      const key = `${width}×${height}`;
      counts.set(key, { width, height, count: (counts.get(key)?.count ?? 0) + 1 });
    }
  }
  return [...counts.values()].sort(
    (a, b) => b.count - a.count || a.width - b.width || a.height - b.height,
  );
}

function oddSizesOf(splits: readonly Split[], { kind, shape }: Dataset): OddSize[] {
  // Elsewhere all images have one size by design.
  if (kind !== 'folder') return [];
  const areas = splits.flatMap((split) =>
    Array.from({ length: split.count }, (_, i) => {
      const { width, height } = split.originalSizeOf(i);
      return width * height;
    }),
  );
  areas.sort((a, b) => a - b);
  const medianSide = Math.sqrt(areas[areas.length >> 1] ?? 0);
  return splits.flatMap((split) =>
    Array.from({ length: split.count }, (_, i) => i).flatMap((i): OddSize[] => {
      const size = split.originalSizeOf(i);
      const reason = oddity(size, shape, medianSide);
      return reason === undefined ? [] : [{ ...describe(split, i), ...size, reason }];
    }),
  );
}

function oddity(
  { width, height }: { readonly width: number; readonly height: number },
  shape: ImageShape,
  medianSide: number,
): string | undefined {
  const ratio = Math.max(width, height) / Math.min(width, height);
  if (ratio > ODD_RATIO) {
    const times = ratio.toFixed(1);
    return width > height
      ? `is ${times} times as wide as high`
      : `is ${times} times as high as wide`;
  }
  const growth = Math.min(shape.width, shape.height) / Math.min(width, height);
  if (growth > ODD_GROWTH) return `must be enlarged ${growth.toFixed(1)} times`;
  const side = Math.sqrt(width * height);
  if (side > ODD_SIDE * medianSide) {
    return `is ${(side / medianSide).toFixed(1)} times as large as most`;
  }
  return side * ODD_SIDE < medianSide
    ? `is ${(medianSide / side).toFixed(1)} times as small as most`
    : undefined;
}

async function findNearDuplicates(
  { shape }: Dataset,
  splits: readonly Split[],
  watch: Watch,
): Promise<SameGroup[]> {
  const total = splits.reduce((sum, split) => sum + split.count, 0);
  const meter = createProgressMeter('compare', total, watch);
  const seen = new Set<string>();
  const lookAlikes = new LookAlikes(shape);
  const images: SameImage[] = [];
  for (const split of splits) {
    const { rowBytes } = split;
    const rowsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
    const block = new Uint8Array(Math.min(rowsPerBlock, split.count) * rowBytes);
    for (let start = 0; start < split.count; start += rowsPerBlock) {
      const rows = Math.min(rowsPerBlock, split.count - start);
      await readRange(split, start, rows, block);
      for (let i = 0; i < rows; i++) {
        const pixels = block.subarray(i * rowBytes, (i + 1) * rowBytes);
        const digest = digestAt(split.digests, start + i);
        images.push(describe(split, start + i));
        if (seen.has(digest)) lookAlikes.skip();
        else lookAlikes.add(pixels);
        seen.add(digest);
        const pause = meter.advance();
        if (pause !== undefined) await pause;
      }
    }
  }
  meter.finish();
  return lookAlikes.groups().map((group) => group.flatMap((index) => images[index] ?? []));
}
