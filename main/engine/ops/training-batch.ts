// From stored images and labels to what a training step learns from: augmented images and targets, which
// are soft where images were mixed, and the weight of each example in the loss.
import type { ComposedAugmentation } from '../../../shared/spec/augmentation.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { declareConstant } from '../recording/recorder.ts';
import { smoothedTargets } from './classification.ts';
import { augmentAndNormalize, type Augmentation, type Normalization } from './input.ts';
import { dominantLabels, mixImages, mixTargets } from './mixing.ts';
import { varyAndNormalize } from './varied-input.ts';

/** The plain one, whose graph is kept as lean as can be, or the composed one. */
export type BatchAugmentation = Augmentation | ComposedAugmentation;

export interface BatchOptions {
  readonly augmentation: BatchAugmentation;
  readonly normalization: Normalization;
  readonly classes: number;
  readonly labelSmoothing: number;
  /** One per class; the mean over the training examples should be 1. */
  readonly classWeights?: readonly number[] | undefined;
}

export interface TrainingBatch {
  /** [N, H, W, C] float32, normalized. */
  readonly x: Tensor;
  /** [N, K] */
  readonly targets: Tensor;
  /** [N] int32, for accuracy: of a mixed image, the class with the larger share. */
  readonly labels: Tensor;
  /** [N], or undefined where all count the same: Σ target · class weight. */
  readonly weights: Tensor | undefined;
}

/** images [N, H, W, C] uint8, labels [N] int32, seed [2] int32. */
export function trainingBatch(
  { images, labels, seed }: { images: Tensor; labels: Tensor; seed: Tensor },
  options: BatchOptions,
): TrainingBatch {
  const { augmentation, normalization, classes } = options;
  const own = smoothedTargets(labels, classes, options.labelSmoothing);
  if (!('kind' in augmentation)) {
    const x = augmentAndNormalize(images, augmentation, { normalization, seed });
    return { x, targets: own, labels, weights: weightsOf(own, options) };
  }
  const x = varyAndNormalize(images, augmentation, { normalization, seed });
  if (augmentation.mixup === 0 && augmentation.cutmix === 0) {
    return { x, targets: own, labels, weights: weightsOf(own, options) };
  }
  const mixed = mixImages(x, augmentation, seed);
  const targets = mixTargets(own, mixed.share);
  return {
    x: mixed.images,
    targets,
    labels: dominantLabels(labels, mixed.share),
    weights: weightsOf(targets, options),
  };
}

function weightsOf(targets: Tensor, { classWeights }: BatchOptions): Tensor | undefined {
  if (classWeights === undefined) return undefined;
  const vector = tf.tensor1d(declareConstant(new Float32Array(classWeights)), 'float32');
  return tf.sum(tf.mul(targets, vector), 1);
}
