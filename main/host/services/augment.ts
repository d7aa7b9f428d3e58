// Augmented images for the preview, by the same rules as the training graph's (main/engine/ops/input.ts):
// shift by up to `pad` in each direction, mirror with probability one half. The same distribution, not
// the same bits: the graph draws from TensorFlow's generator. Pure.
import { createRng, type Rng } from '../../../shared/rng.ts';

export interface AugmentOptions {
  readonly shape: { readonly height: number; readonly width: number; readonly channels: number };
  readonly pad: number;
  readonly flip: boolean;
  /** Per channel, 0 to 255: what the network sees as zero after normalization. */
  readonly background: readonly number[];
}

/** Writes the augmented image into `into`, which is as large as `image`. */
export function augment(
  image: Uint8Array,
  into: Uint8Array,
  { shape, pad, flip, background }: AugmentOptions,
  rng: Rng,
): void {
  const { height, width, channels } = shape;
  const down = rng.below(2 * pad + 1) - pad;
  const right = rng.below(2 * pad + 1) - pad;
  const isMirrored = flip && rng.below(2) === 1;
  let at = 0;
  for (let y = 0; y < height; y++) {
    const row = y + down;
    for (let x = 0; x < width; x++) {
      const column = (isMirrored ? width - 1 - x : x) + right;
      const isInside = row >= 0 && row < height && column >= 0 && column < width;
      const from = (row * width + column) * channels;
      for (let c = 0; c < channels; c++) {
        into[at++] = isInside ? (image[from + c] ?? 0) : (background[c] ?? 0);
      }
    }
  }
}

/** Its own stream for every image and round. */
export function augmentRng(seed: number, round: number, index: number): Rng {
  return createRng(seed, 'augmentation preview', round, index);
}
