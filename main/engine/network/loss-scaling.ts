// Loss scaling in the graph (Micikevicius et al. 2018, arXiv 1710.03740): small gradients would vanish in float16,
// so the loss is multiplied before the backward pass and the gradients are divided after it. What the scale is
// from step to step is decided outside (main/trainer/loss-scale.ts).
import type { Precision } from '../../../shared/spec/precision.ts';
import type { FeedSpec } from '../recording/program.ts';
import type { TensorValues } from '../tensorflow/binding.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { jointNorm } from './optimizer.ts';

const FEED = 'loss-scale';

/** bfloat16 has float32's range and needs no scale. */
export function isScaled({ precision }: { readonly precision?: Precision }): boolean {
  return precision === 'float16';
}

export function scaleFeeds(options: { readonly precision?: Precision }): FeedSpec[] {
  return isScaled(options) ? [{ name: FEED, type: 'float32', shape: [2] }] : [];
}

/** Values of `scaleFeeds`. The scale is a power of two, so its inverse is exact. */
export function scaleFeedValues(
  options: { readonly precision?: Precision },
  scale: number | undefined,
): Record<string, TensorValues> {
  if (!isScaled(options)) return {};
  if (scale === undefined) throw new Error('A step in float16 needs a loss scale.');
  return { [FEED]: new Float32Array([scale, 1 / scale]) };
}

export class LossScaling {
  /** A scalar: the gradient that the loss begins with. */
  readonly scale: Tensor;
  private readonly inverse: Tensor;

  constructor(feed: (name: string) => Tensor) {
    const [scale, inverse] = tf.unstack(feed(FEED));
    if (!scale || !inverse) throw new Error('The loss scale was fed too little.');
    this.scale = scale;
    this.inverse = inverse;
  }

  unscaled(gradients: readonly Tensor[]): Tensor[] {
    return gradients.map((gradient) => tf.mul(gradient, this.inverse));
  }
}

/** A bool scalar. One number that is not finite makes the sum of all squares so. */
export function areFinite(gradients: readonly Tensor[]): Tensor {
  return tf.lessEqual(jointNorm(gradients), LARGEST_FLOAT32);
}

const LARGEST_FLOAT32 = 3.402_823_466e38;
