// Squeeze-and-excitation (Hu et al. 2017, arXiv 1709.01507): each channel of a map is multiplied by a
// number that two small matrices make of all channels' means.
import { tf, type Tensor } from '../tensorflow/library.ts';
import { globalAveragePool, linear, relu, sigmoid } from './layers.ts';

export interface ExcitationWeights {
  /** [C, R] and [R]. */
  readonly reduce: { readonly matrix: Tensor; readonly bias: Tensor };
  /** [R, C] and [C]. */
  readonly expand: { readonly matrix: Tensor; readonly bias: Tensor };
}

/** x: [N, H, W, C] → x · s, s [N, 1, 1, C]; `factor` (a scalar) multiplies s. */
export function squeezeExcitation(
  x: Tensor,
  { reduce, expand }: ExcitationWeights,
  factor?: Tensor,
): Tensor {
  const [batch = 1, , , channels = 1] = x.shape;
  const reduced = relu(linear(globalAveragePool(x), reduce.matrix, reduce.bias));
  const excited = sigmoid(linear(reduced, expand.matrix, expand.bias));
  const scales = factor === undefined ? excited : tf.mul(excited, factor);
  return tf.mul(x, tf.reshape(scales, [batch, 1, 1, channels]));
}
