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
    return {
      pixels: toPixels(values, normalization),
      targets: made.targets.dataSync<'float32'>().slice(),
    };
  });
}

/** A loop, as `Uint8Array.from` takes ten times as long and people wait for it. */
function toPixels(values: Float32Array, { mean, deviation }: Normalization): Uint8Array {
  const pixels = new Uint8Array(values.length);
  const channels = mean.length;
  for (let i = 0; i < values.length; i++) {
    const c = i % channels;
    const pixel = (values[i] ?? 0) * (deviation[c] ?? 1) + (mean[c] ?? 0);
    pixels[i] = Math.max(0, Math.min(255, Math.round(255 * pixel)));
  }
  return pixels;
}
