// Group normalization (Wu & He 2018, arXiv 1803.08494): y = γ · (x − μ) / √(σ² + ε) + β, with μ and σ²
// of one example and one group of channels over all pixels. TensorFlow has no op for it; here it is a
// few passes over the map, with numbers per channel between them, and a gradient of its own.
import { NORM_EPSILON } from '../../zoo/norm-epsilon.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { keepFloat32 } from '../recording/precision.ts';
import { attachGradient } from './gradient.ts';

export interface GroupNormWeights {
  /** [C] */
  readonly scale: Tensor;
  /** [C] */
  readonly shift: Tensor;
}

/** x: [N, H, W, C] → the same shape. In float32 whatever the precision: it takes differences of means. */
export function groupNorm(x: Tensor, weights: GroupNormWeights, groups: number): Tensor {
  return keepFloat32(() => composed(x, weights, groups));
}

function composed(x: Tensor, weights: GroupNormWeights, groups: number): Tensor {
  const { scale, shift } = weights;
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape;
  const size = channels / groups;
  const pixels: [number, number] = [1, 2];
  /** [N, 1, 1, C] → for each channel the mean over its group, same shape. */
  const groupMean = (perChannel: Tensor): Tensor => {
    const grouped = tf.reshape(perChannel, [batch, groups, size]);
    const mean = tf.mean(grouped, 2, true);
    return tf.reshape(tf.tile(mean, [1, 1, size]), [batch, 1, 1, channels]);
  };
  const spread = (vector: Tensor): Tensor => tf.reshape(vector, [1, 1, 1, channels]);
  const mean = groupMean(tf.mean(x, pixels, true));
  // Centred first: the difference of two large numbers would lose the variance's digits.
  const centred = tf.sub(x, mean);
  const variance = groupMean(tf.mean(tf.square(centred), pixels, true));
  const inverse = tf.rsqrt(tf.add(variance, NORM_EPSILON));
  const output = tf.add(tf.mul(centred, tf.mul(inverse, spread(scale))), spread(shift));
  return attachGradient({
    inputs: [x, scale, shift],
    output,
    saved: [centred, inverse, scale],
    backward: (dy, [held, inverseDeviation, gamma]) => {
      if (!held || !inverseDeviation || !gamma) throw new Error('groupNorm lost its tensors.');
      return keepFloat32(() => {
        const area = height * width;
        const sumDy = tf.sum(dy, pixels, true);
        const sumDyX = tf.sum(tf.mul(dy, held), pixels, true);
        const g = spread(gamma);
        // With x̂ = centred · r: dx = r (γ dy − mean(γ dy) − x̂ · mean(γ dy x̂)), means over the group.
        const meanDy = groupMean(tf.div(tf.mul(g, sumDy), area));
        const meanDyX = groupMean(tf.div(tf.mul(g, sumDyX), area));
        const r = inverseDeviation;
        const alongX = tf.mul(tf.mul(tf.square(r), r), meanDyX);
        const dx = tf.sub(
          tf.sub(tf.mul(dy, tf.mul(r, g)), tf.mul(held, alongX)),
          tf.mul(r, meanDy),
        );
        const perChannel = (t: Tensor): Tensor => tf.reshape(tf.sum(t, 0), [channels]);
        return [dx, perChannel(tf.mul(sumDyX, r)), perChannel(sumDy)];
      });
    },
  });
}
