// The small layers, each with TensorFlow's own backward op: ReLU, sigmoid, bias, pooling, linear,
// dropout, and the subsampling of shortcut A.
import { tf, type Tensor } from '../tensorflow/library.ts';
import { bool, ints, op, text, type } from '../tensorflow/op.ts';
import { attachGradient } from './gradient.ts';
import { uniform } from './random.ts';

const FLOAT = { T: type('float32') };

/**
 * max(x, 0), and NaN of NaN; its backward is one op instead of tfjs's six. Not TensorFlow's op Relu: with oneDNN
 * grappler fuses that into the batch normalization or convolution before it, and oneDNN's ReLU makes NaN 0, so a
 * network that has diverged would show a finite loss. A step takes up to 4 % longer (docs/decisions, 2026-12-01).
 */
export function relu(x: Tensor): Tensor {
  const output = op('Maximum', FLOAT, [x, tf.scalar(0)]);
  return attachGradient({
    inputs: [x],
    output,
    saved: [output],
    backward: (dy, saved) => [op('ReluGrad', FLOAT, [dy, ...saved])],
  });
}

/** 1 / (1 + e^−x), with TensorFlow's own backward op. */
export function sigmoid(x: Tensor): Tensor {
  const output = op('Sigmoid', FLOAT, [x]);
  return attachGradient({
    inputs: [x],
    output,
    saved: [output],
    backward: (dy, [y]) => {
      if (!y) throw new Error('sigmoid lost its saved tensor.');
      return [op('SigmoidGrad', FLOAT, [y, dy])];
    },
  });
}

/** [N, H, W, C] + [C]. */
export function biasAdd(x: Tensor, bias: Tensor): Tensor {
  const format = { ...FLOAT, data_format: text('NHWC') };
  return attachGradient({
    inputs: [x, bias],
    output: op('BiasAdd', format, [x, bias]),
    saved: [],
    backward: (dy) => [dy, op('BiasAddGrad', format, [dy])],
  });
}

/** Max pooling, [N, H, W, C] → [N, H', W', C]; padded places never win, as in PyTorch. */
export function maxPool(
  x: Tensor,
  { kernel, stride, padding }: { kernel: number; stride: number; padding: number },
): Tensor {
  const lowest = -3.4e38;
  const around: [number, number] = [padding, padding];
  const padded = padding === 0 ? x : tf.pad(x, [[0, 0], around, around, [0, 0]], lowest);
  const attributes = {
    ...FLOAT,
    ksize: ints([1, kernel, kernel, 1]),
    strides: ints([1, stride, stride, 1]),
    padding: text('VALID'),
    data_format: text('NHWC'),
  };
  const output = op('MaxPool', attributes, [padded]);
  return attachGradient({
    inputs: [padded],
    output,
    saved: [padded, output],
    backward: (dy, saved) => [op('MaxPoolGrad', attributes, [...saved, dy])],
  });
}

/** [N, H, W, C] → [N, C], the mean over H and W. */
export function globalAveragePool(x: Tensor): Tensor {
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape;
  const axes = tf.tensor1d([1, 2], 'int32');
  const output = op('Mean', { ...FLOAT, Tidx: type('int32'), keep_dims: bool(false) }, [x, axes]);
  return attachGradient({
    inputs: [x],
    output,
    saved: [],
    backward: (dy) => {
      const share = tf.reshape(tf.div(dy, height * width), [batch, 1, 1, channels]);
      const shape = tf.tensor1d([batch, height, width, channels], 'int32');
      return [op('BroadcastTo', { ...FLOAT, Tidx: type('int32') }, [share, shape])];
    },
  });
}

function product(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const transposed = { transpose_a: bool(transposeA), transpose_b: bool(transposeB) };
  return op('MatMul', { ...FLOAT, ...transposed }, [a, b]);
}

/** [N, C] · [C, K]. */
export function matrixProduct(x: Tensor, matrix: Tensor): Tensor {
  return attachGradient({
    inputs: [x, matrix],
    output: product(x, matrix, false, false),
    saved: [x, matrix],
    backward: (dy, [input, weights]) => {
      if (!input || !weights) throw new Error('matrixProduct lost its saved tensors.');
      return [product(dy, weights, false, true), product(input, dy, true, false)];
    },
  });
}

/** [N, C] · [C, K] + [K]. */
export function linear(x: Tensor, weights: Tensor, bias: Tensor): Tensor {
  const format = { ...FLOAT, data_format: text('NHWC') };
  return attachGradient({
    inputs: [x, weights, bias],
    output: op('BiasAdd', format, [product(x, weights, false, false), bias]),
    saved: [x, weights],
    backward: (dy, [input, matrix]) => {
      if (!input || !matrix) throw new Error('linear lost its saved tensors.');
      return [
        product(dy, matrix, false, true),
        product(input, dy, true, false),
        op('BiasAddGrad', format, [dy]),
      ];
    },
  });
}

/** Sets each element to zero with probability `rate` and scales the others by 1 / (1 − rate). */
export function dropout(x: Tensor, rate: number, seed: Tensor): Tensor {
  const keep = tf.cast(tf.greaterEqual(uniform(x.shape, seed), rate), 'float32');
  return tf.mul(x, tf.mul(keep, 1 / (1 - rate)));
}

/**
 * Every `stride`-th row and column: the identity of shortcut A where the map shrinks. A pooling window
 * of one pixel is the same function as a strided slice, and many times faster.
 */
export function subsample(x: Tensor, stride: number): Tensor {
  return stride === 1 ? x : averageWindows(x, { size: 1, stride, padding: 'VALID' });
}

/** The mean of 2 × 2 pixels; at an odd edge of those that exist (PyTorch's ceil mode). */
export function averagePool(x: Tensor): Tensor {
  return averageWindows(x, { size: 2, stride: 2, padding: 'SAME' });
}

function averageWindows(
  x: Tensor,
  window: { readonly size: number; readonly stride: number; readonly padding: 'SAME' | 'VALID' },
): Tensor {
  const { size, stride, padding } = window;
  const attributes = {
    ...FLOAT,
    ksize: ints([1, size, size, 1]),
    strides: ints([1, stride, stride, 1]),
    padding: text(padding),
    data_format: text('NHWC'),
  };
  const shape = [...x.shape];
  return attachGradient({
    inputs: [x],
    output: op('AvgPool', attributes, [x]),
    saved: [],
    backward: (dy) => [op('AvgPoolGrad', attributes, [tf.tensor1d(shape, 'int32'), dy])],
  });
}
