// Rows of a split as the steps of a run would see them, one step a column. The rows of a column are one
// batch, so mixing shows as in training.
import { createRng } from '../../shared/rng.ts';
import type { AugmentationSpec } from '../../shared/spec/augmentation.ts';
import type { Dataset, Split } from '../data/dataset.ts';
import { augmentImages } from '../engine/network/augmented-images.ts';
import type { Normalization } from '../engine/ops/input.ts';
import { toAugmentation } from './network-options.ts';

export interface ColumnsOptions {
  readonly rows: Int32Array;
  readonly augmentation: AugmentationSpec;
  readonly normalization: Normalization;
  readonly seed: number;
  /** Steps, from 0 on. */
  readonly rounds: number;
}

export interface AugmentedColumns {
  /** [N, H, W, C] */
  readonly originals: Uint8Array;
  /** [N, H, W, C] for each round. */
  readonly rounds: readonly Uint8Array[];
}

/** The same images for the same number, wherever they are shown. */
export function drawnRows(split: Split, images: number, choice: number): Int32Array {
  const rng = createRng(choice, 'sheet');
  return Int32Array.from({ length: images }, () => rng.below(split.count));
}

export async function augmentedColumns(
  dataset: Dataset,
  split: Split,
  { rows, augmentation, normalization, seed, rounds }: ColumnsOptions,
): Promise<AugmentedColumns> {
  const { height, width, channels } = dataset.shape;
  const originals = new Uint8Array(rows.length * split.rowBytes);
  await split.readRows(rows, originals);
  const labels = rows.map((row) => split.labels[row] ?? 0);
  const made = Array.from({ length: rounds }, (_, round) =>
    augmentImages(
      { shape: [rows.length, height, width, channels], pixels: originals, labels },
      {
        augmentation: toAugmentation(augmentation),
        normalization,
        classes: dataset.classes.length,
        seed: [seed | 0, round],
      },
    ),
  );
  return { originals, rounds: made.map(({ pixels }) => pixels) };
}
