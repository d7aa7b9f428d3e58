// What the rest of the program knows of a dataset once it is open: named classes, one image shape, up
// to three splits of uint8 rows, which `readRows` reads from the packed cache. It holds no file formats and
// decides nothing about training.
import type { LayoutFacts } from './layout/layout-facts.ts';
import type { UnusedFiles } from './layout/unused-files.ts';

import type { PixelRules } from '../../shared/spec/pixel-rules.ts';
import type { Decided } from './decisions.ts';
import type { ImageNotes } from './image-notes.ts';

export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

export const SPLIT_NAMES = ['train', 'val', 'test'] as const;
export type SplitName = (typeof SPLIT_NAMES)[number];

export interface Split {
  readonly name: SplitName;
  readonly count: number;
  /** Bytes of one image: height · width · channels. */
  readonly rowBytes: number;
  /** The class of each row, an index into the dataset's `classes`. */
  readonly labels: Int32Array;
  /** [count, 16]: equal for rows of equal pixels. */
  readonly digests: Uint8Array;
  /** The file (relative to the dataset) or record that row `index` came from. */
  sourceOf(index: number): string;
  /** Width and height of the file that row `index` came from, before it was resized. */
  originalSizeOf(index: number): { readonly width: number; readonly height: number };
  /** What decoding noted of row `index`. */
  notesOf(index: number): ImageNotes;
  /** Copies the rows of `indices` (any order, repeats allowed) one after the other into `into`. */
  readRows(indices: Int32Array, into: Uint8Array): Promise<void>;
}

/** Something in the source that could not be used and was left out. */
export interface Problem {
  /** Path relative to the dataset, or a record. */
  readonly source: string;
  /** Why, as a part of a sentence: `is truncated: …`. */
  readonly reason: string;
}

export interface Statistics {
  /** Per channel, of pixel values in [0, 1]. */
  readonly mean: readonly number[];
  /** Per channel: the standard deviation over all pixels of the training split. */
  readonly std: readonly number[];
}

/** Whether the validation split is the source's own or was drawn, so that a run can record it. */
export type SplitOrigin =
  | { readonly kind: 'source' }
  | { readonly kind: 'drawn'; readonly valFraction: number; readonly seed: number };

export type DatasetKind =
  'folder' | 'cifar10' | 'cifar100' | 'idx' | 'npz' | 'parquet' | 'tensors' | 'builtin';

export interface Dataset extends Decided {
  readonly name: string;
  readonly kind: DatasetKind;
  /** SHA-256 (hex) of classes, shape, labels and pixels as the source gives them. */
  readonly fingerprint: string;
  readonly shape: ImageShape;
  readonly classes: readonly string[];
  readonly splits: {
    readonly train: Split;
    readonly val?: Split;
    readonly test?: Split;
  };
  readonly splitOrigin: SplitOrigin;
  readonly problems: readonly Problem[];
  /** How samples became colours; `depth` is the window that was found, where one was to be found. */
  readonly pixelRules: PixelRules;
  /** Files below the folder that are neither images of a class nor problems, by reason. */
  readonly unused: readonly UnusedFiles[];
  /** How folders became classes and splits; undefined where the source says it itself. */
  readonly layout: LayoutFacts | undefined;
  readonly statistics: Statistics;
  /** Releases the cache file. */
  close(): Promise<void>;
}

/** The splits that exist, in the order train, val, test. */
export function splitsOf(dataset: Pick<Dataset, 'splits'>): Split[] {
  const { train, val, test } = dataset.splits;
  return [train, val, test].filter((split) => split !== undefined);
}

/** Reads rows `start` … `start + count - 1`. */
export async function readRange(
  split: Split,
  start: number,
  count: number,
  into: Uint8Array,
): Promise<void> {
  await split.readRows(
    Int32Array.from({ length: count }, (_, i) => start + i),
    into,
  );
}
