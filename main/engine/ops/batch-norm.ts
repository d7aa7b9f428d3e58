// Batch normalization by TensorFlow's fused ops: y = γ · (x − μ) / √(σ² + ε) + β over N, H, W.
// Composed from moments it would be several times slower.
import { NORM_EPSILON } from '../../zoo/norm-epsilon.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { bool, float, op, runOp, text, type, type Attributes } from '../tensorflow/op.ts';
import { keepFloat32 } from '../recording/precision.ts';
import { attachGradient } from './gradient.ts';

/** PyTorch's default. */
export const NORM_MOMENTUM = 0.1;

export interface NormWeights {
  readonly scale: Tensor;
  readonly shift: Tensor;
  /** Running statistics. */
  readonly mean: Tensor;
  readonly variance: Tensor;
}

export interface TrainedNorm {
  readonly output: Tensor;
  /** Running statistics after this batch: (1 − 0.1) · old + 0.1 · batch; unbiased variance. */
  readonly nextMean: Tensor;
  readonly nextVariance: Tensor;
}

const attributes = (training: boolean): Attributes => ({
  T: type('float32'),
  U: type('float32'),
  epsilon: float(NORM_EPSILON),
  data_format: text('NHWC'),
  is_training: bool(training),
});

/** Normalizes with the batch's own statistics. x: [N, H, W, C]. */
export function batchNormTraining(x: Tensor, weights: NormWeights): TrainedNorm {
  const { scale, shift, mean, variance } = weights;
  const [y, nextMean, nextVariance, reserve1, reserve2, reserve3] = runOp(
    'FusedBatchNormV3',
    { ...attributes(true), exponential_avg_factor: float(NORM_MOMENTUM) },
    [x, scale, shift, mean, variance],
    6,
  );
  if (!y || !nextMean || !nextVariance || !reserve1 || !reserve2 || !reserve3) {
    throw new Error('FusedBatchNormV3 returned too few tensors.');
  }
  const output = attachGradient({
    inputs: [x, scale, shift],
    output: y,
    saved: [x, scale, reserve1, reserve2, reserve3],
    backward: (dy, saved) =>
      runOp('FusedBatchNormGradV3', attributes(true), [dy, ...saved], 5).slice(0, 3),
  });
  return { output, nextMean, nextVariance };
}

/** Normalizes with the running statistics while others train: a layer whose statistics are frozen. */
export function batchNormFrozen(x: Tensor, weights: NormWeights): Tensor {
  const { scale, shift, mean, variance } = weights;
  const [y, , , , , reserve] = runOp(
    'FusedBatchNormV3',
    attributes(false),
    [x, scale, shift, mean, variance],
    6,
  );
  if (!y || !reserve) throw new Error('FusedBatchNormV3 returned too few tensors.');
  return attachGradient({
    inputs: [x, scale, shift],
    output: y,
    saved: [x, scale, mean, variance, reserve],
    backward: (dy, saved) =>
      runOp('FusedBatchNormGradV3', attributes(false), [dy, ...saved], 5).slice(0, 3),
  });
}

/** Normalizes with the running statistics; has no gradient. x: [N, H, W, C]. */
export function batchNormInference(x: Tensor, weights: NormWeights): Tensor {
  const { scale, shift, mean, variance } = weights;
  const [y] = runOp('FusedBatchNormV3', attributes(false), [x, scale, shift, mean, variance], 6);
  if (!y) throw new Error('FusedBatchNormV3 returned nothing.');
  return y;
}

/**
 * The standard deviation of everything a batch norm put out, over N, H, W and C, from per-channel
 * numbers alone: channel c has mean β and variance γ² σ² / (σ² + ε), so the total variance is
 * the mean of the channels' variances plus the variance of their means.
 */
export function responseDeviation(
  weights: NormWeights,
  trained: TrainedNorm,
  elementsPerChannel: number,
): Tensor {
  // The op returns running statistics; undo the averaging to get the batch's own variance.
  const unbiased = tf.div(
    tf.sub(trained.nextVariance, tf.mul(weights.variance, 1 - NORM_MOMENTUM)),
    NORM_MOMENTUM,
  );
  const bias = elementsPerChannel > 1 ? (elementsPerChannel - 1) / elementsPerChannel : 1;
  const variance = tf.mul(unbiased, bias);
  const within = tf.mean(
    tf.mul(tf.square(weights.scale), tf.div(variance, tf.add(variance, NORM_EPSILON))),
  );
  return tf.sqrt(tf.add(within, varianceOf(weights.shift)));
}

/** The standard deviation of all of a tensor's elements; of small differences, so in float32. */
export function deviation(x: Tensor): Tensor {
  return keepFloat32(() => tf.sqrt(varianceOf(x)));
}

function varianceOf(x: Tensor): Tensor {
  const centred = tf.sub(x, tf.mean(x));
  return tf.div(tf.mul(op('L2Loss', { T: type('float32') }, [centred]), 2), x.size);
}
