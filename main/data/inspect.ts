// Looks at an opened dataset and reports, as data, what a person should know before training on it:
// counts, balance, sizes, unusable files, exact duplicates, leaks between splits, contradicting labels.
// It judges nothing and prints nothing. Equal means: the same pixels after decoding and resizing.
import { createHash } from 'node:crypto';
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
import { createPulse, type Watch } from './progress.ts';

export interface ClassCounts {
  readonly name: string;
  readonly counts: Readonly<Partial<Record<SplitName, number>>>;
}

export interface SizeCount {
  readonly width: number;
  readonly height: number;
  readonly count: number;
}

export interface SameImage {
  readonly split: SplitName;
  readonly index: number;
  readonly label: number;
  readonly source: string;
}

/** Two or more rows with equal pixels. */
export type SameGroup = readonly SameImage[];

export interface Inspection {
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
  };
  /** Of the files, before resizing; the most frequent first. */
  readonly sizes: readonly SizeCount[];
  readonly problems: readonly Problem[];
  readonly ignoredFiles: number;
  /** Every group of equal images; the next two pick out those that do harm. */
  readonly duplicates: readonly SameGroup[];
  readonly acrossSplits: readonly SameGroup[];
  readonly contradicting: readonly SameGroup[];
  readonly statistics: Statistics;
}

const BLOCK_BYTES = 4 * 0x10_0000;

export async function inspectDataset(dataset: Dataset, watch: Watch = {}): Promise<Inspection> {
  const splits = splitsOf(dataset);
  const duplicates = await findDuplicates(splits, watch);
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
    problems: dataset.problems,
    ignoredFiles: dataset.ignoredFiles,
    duplicates,
    acrossSplits: duplicates.filter((group) => differ(group, (image) => image.split)),
    contradicting: duplicates.filter((group) => differ(group, (image) => image.label)),
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
  const largest = present[0];
  const smallest = present.at(-1);
  return {
    ratio: largest === undefined || smallest === undefined ? 1 : largest.count / smallest.count,
    largest: largest?.name ?? '',
    smallest: smallest?.name ?? '',
    empty: counted.filter(({ count }) => count === 0).map(({ name }) => name),
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

async function findDuplicates(splits: readonly Split[], watch: Watch): Promise<SameGroup[]> {
  const total = splits.reduce((sum, split) => sum + split.count, 0);
  const pulse = createPulse('read', total, watch);
  const firsts = new Map<string, SameImage>();
  const groups = new Map<string, SameImage[]>();
  for (const split of splits) {
    const { rowBytes } = split;
    const rowsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
    const block = new Uint8Array(Math.min(rowsPerBlock, split.count) * rowBytes);
    for (let start = 0; start < split.count; start += rowsPerBlock) {
      const rows = Math.min(rowsPerBlock, split.count - start);
      await readRange(split, start, rows, block);
      for (let i = 0; i < rows; i++) {
        const pixels = block.subarray(i * rowBytes, (i + 1) * rowBytes);
        const digest = createHash('sha256').update(pixels).digest('base64');
        const image = describe(split, start + i);
        const first = firsts.get(digest);
        const group = groups.get(digest);
        if (group !== undefined) group.push(image);
        else if (first !== undefined) groups.set(digest, [first, image]);
        else firsts.set(digest, image);
        const pause = pulse.beat();
        if (pause !== undefined) await pause;
      }
    }
  }
  pulse.finish();
  return [...groups.values()];
}

function describe(split: Split, index: number): SameImage {
  const label = split.labels[index] ?? 0;
  return { split: split.name, index, label, source: split.sourceOf(index) };
}

function differ(group: SameGroup, by: (image: SameImage) => unknown): boolean {
  return new Set(group.map(by)).size > 1;
}
