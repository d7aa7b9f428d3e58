// Transposed 2-D convolution, PyTorch's ConvTranspose2d without a bias: every pixel of the input adds its
// multiple of the kernel to the output, y[n, i·s+u−p, j·s+v−p, o] += x[n,i,j,c] · w[u,v,o,c]. It is the
// gradient of a convolution by that convolution's input.
import { tf, type Tensor } from '../tensorflow/library.ts';
import { bool, ints, op, text, type, type Attributes } from '../tensorflow/op.ts';
import { attachGradient } from './gradient.ts';

export interface TransposedConvOptions {
  readonly stride: number;
  /** Pixels cut off each side of what the kernels cover. */
  readonly padding: number;
  /** Pixels more at the bottom and the right; less than the stride. */
  readonly outputPadding: number;
}

/** H' = (H − 1) s − 2p + k + output padding. */
export function transposedSize(
  size: number,
  window: TransposedConvOptions & { readonly kernel: number },
): number {
  return (size - 1) * window.stride - 2 * window.padding + window.kernel + window.outputPadding;
}

/**
 * @param x [N, H, W, C]
 * @param kernel [k, k, O, C]; PyTorch's [C, O, k, k] in the engine's layout
 * @returns [N, H', W', O], H' = (H − 1) s − 2p + k + output padding
 */
export function conv2dTranspose(x: Tensor, kernel: Tensor, options: TransposedConvOptions): Tensor {
  const { stride, padding } = options;
  const [batch = 1, height = 1, width = 1] = x.shape;
  const [size = 1, , channels = 1] = kernel.shape;
  const along = (given: number): { readonly wanted: number; readonly covered: number } => {
    const wanted = transposedSize(given, { ...options, kernel: size });
    // Output padding may lie beyond what the kernels cover: those pixels are 0.
    return { wanted, covered: Math.max((given - 1) * stride + size, padding + wanted) };
  };
  const [rows, columns] = [along(height), along(width)];
  const covered = [batch, rows.covered, columns.covered, channels];
  const whole = spread(x, kernel, { stride, shape: covered });
  if (padding === 0 && rows.wanted === rows.covered && columns.wanted === columns.covered) {
    return whole;
  }
  return tf.slice(whole, [0, padding, padding, 0], [batch, rows.wanted, columns.wanted, channels]);
}

/**
 * Without padding, into a map of the given shape. oneDNN has a kernel for this, but none where the op itself is
 * told of PyTorch's padding.
 */
function spread(
  x: Tensor,
  kernel: Tensor,
  { stride, shape }: { readonly stride: number; readonly shape: readonly number[] },
): Tensor {
  const attributes = validWindow(stride);
  const sizes = (of: readonly number[]): Tensor => tf.tensor1d([...of], 'int32');
  return attachGradient({
    inputs: [x, kernel],
    output: op('Conv2DBackpropInput', attributes, [sizes(shape), kernel, x]),
    saved: [x, kernel],
    backward: (dy, [input, weights]) => {
      if (!input || !weights) throw new Error('conv2dTranspose lost its saved tensors.');
      return [
        op('Conv2D', attributes, [dy, weights]),
        op('Conv2DBackpropFilter', attributes, [dy, sizes(weights.shape), input]),
      ];
    },
  });
}

function validWindow(stride: number): Attributes {
  return {
    T: type('float32'),
    strides: ints([1, stride, stride, 1]),
    dilations: ints([1, 1, 1, 1]),
    padding: text('VALID'),
    data_format: text('NHWC'),
    use_cudnn_on_gpu: bool(true),
  };
}
