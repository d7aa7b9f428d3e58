// Images as a training step would see them, for people to look at: the step's own input functions, run
// eagerly. The same seed gives the images that a step with it gives to the same rows.
import { tf } from '../tensorflow/library.ts';
import { createTensor } from '../tensorflow/handles.ts';
import { trainingBatch, type BatchAugmentation } from '../ops/training-batch.ts';
import type { Normalization } from '../ops/input.ts';

export interface AugmentedImages {
  /** [N, H, W, C], with the normalization taken back and cut to 0 … 255. */
  readonly pixels: Uint8Array;
  /** [N, K]: soft where images were mixed. */
  readonly targets: Float32Array;
}

export function augmentImages(
  batch: {
    /** [N, H, W, C] */
    readonly shape: readonly [number, number, number, number];
    readonly pixels: Uint8Array;
    readonly labels: Int32Array;
  },
  options: {
    readonly augmentation: BatchAugmentation;
    readonly normalization: Normalization;
    readonly classes: number;
    readonly seed: readonly [number, number];
  },
): AugmentedImages {
  const { augmentation, classes, seed } = options;
  // A mean image only shifts what the network sees; to be taken back it would have to move along.
  const { mean, deviation } = options.normalization;
  const normalization = { mean, deviation };
  return tf.tidy(() => {
    const made = trainingBatch(
      {
        images: createTensor('uint8', [...batch.shape], batch.pixels),
        labels: tf.tensor1d(batch.labels, 'int32'),
        seed: tf.tensor1d([...seed], 'int32'),
      },
      { augmentation, normalization, classes, labelSmoothing: 0 },
    );
    const values = made.x.dataSync<'float32'>();
    const channels = batch.shape[3];
    return {
      pixels: Uint8Array.from(values, (value, i) => {
        const c = i % channels;
        const pixel = value * (normalization.deviation[c] ?? 1) + (normalization.mean[c] ?? 0);
        return Math.max(0, Math.min(255, Math.round(255 * pixel)));
      }),
      targets: made.targets.dataSync<'float32'>().slice(),
    };
  });
}
