// 2-D convolution with PyTorch's symmetric zero padding, which TensorFlow's SAME is not when a
// strided window meets an even size: y[n,i,j,o] = Σ x[n, i·s+u−p, j·s+v−p, c] · w[u,v,c,o].
import { binding, tf, withBinding, type Tensor } from '../tensorflow/library.ts';
import { bool, ints, op, text, type, type Attributes } from '../tensorflow/op.ts';
import { attachGradient } from './gradient.ts';

export interface ConvOptions {
  readonly stride: number;
  /** Zeros on each side. */
  readonly padding: number;
  readonly groups: number;
}

/**
 * @param x [N, H, W, C]
 * @param kernel [k, k, C / groups, O]
 * @returns [N, H', W', O], H' = ⌊(H + 2p − k) / s⌋ + 1
 */
export function conv2d(x: Tensor, kernel: Tensor, options: ConvOptions): Tensor {
  if (options.groups === 1 || hasGroupedGradient()) return paddedConv2d(x, kernel, options);
  return splitConv2d(x, kernel, options);
}

type Padding =
  | { readonly kind: 'SAME' | 'VALID' }
  /** Zeros on each side, by the op itself. */
  | { readonly kind: 'EXPLICIT'; readonly padding: number };

/**
 * oneDNN has no backward pass for EXPLICIT padding, and TensorFlow's own beats padding by hand only
 * while there are few channels (3×3, stride 2, forward and backward, medians of CPU time: 24 against
 * 30 ms for 16 channels, 14 against 21 for 32, 30 against 27 for 128, 42 against 28 for 256).
 */
const EXPLICIT_CHANNEL_LIMIT = 32;

function paddedConv2d(x: Tensor, kernel: Tensor, { stride, padding, groups }: ConvOptions): Tensor {
  const [size = 1, , channels = 1] = kernel.shape;
  const [, height = 1, width = 1] = x.shape;
  if (padding === 0) return convolve(x, kernel, { stride, padding: { kind: 'VALID' } });
  const isSame =
    samePadding(height, size, stride) === padding && samePadding(width, size, stride) === padding;
  if (isSame) return convolve(x, kernel, { stride, padding: { kind: 'SAME' } });
  if (groups === 1 && size === 3 && channels <= EXPLICIT_CHANNEL_LIMIT) {
    return convolve(x, kernel, { stride, padding: { kind: 'EXPLICIT', padding } });
  }
  const around: [number, number] = [padding, padding];
  const padded = tf.pad(x, [[0, 0], around, around, [0, 0]]);
  return convolve(padded, kernel, { stride, padding: { kind: 'VALID' } });
}

function convAttributes(stride: number, padding: Padding): Attributes {
  return {
    T: type('float32'),
    strides: ints([1, stride, stride, 1]),
    dilations: ints([1, 1, 1, 1]),
    padding: text(padding.kind),
    data_format: text('NHWC'),
    use_cudnn_on_gpu: bool(true),
    ...(padding.kind === 'EXPLICIT'
      ? { explicit_paddings: ints([0, 0, ...Array<number>(4).fill(padding.padding), 0, 0]) }
      : {}),
  };
}

function convolve(
  x: Tensor,
  kernel: Tensor,
  { stride, padding }: { stride: number; padding: Padding },
): Tensor {
  const attributes = convAttributes(stride, padding);
  return attachGradient({
    inputs: [x, kernel],
    output: op('Conv2D', attributes, [x, kernel]),
    saved: [x, kernel],
    backward: (dy, [input, weights]) => {
      if (!input || !weights) throw new Error('conv2d lost its saved tensors.');
      const inputSizes = tf.tensor1d(input.shape, 'int32');
      const kernelSizes = tf.tensor1d(weights.shape, 'int32');
      return [
        op('Conv2DBackpropInput', attributes, [inputSizes, weights, dy]),
        op('Conv2DBackpropFilter', attributes, [input, kernelSizes, dy]),
      ];
    },
  });
}

/** The symmetric padding that SAME amounts to, or undefined if it is lopsided. */
function samePadding(size: number, kernel: number, stride: number): number | undefined {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
  return total % 2 === 0 ? total / 2 : undefined;
}

/** Groups as separate convolutions over channel slices, where the native op has no gradient. */
function splitConv2d(x: Tensor, kernel: Tensor, options: ConvOptions): Tensor {
  const kernels = splitChannels(kernel, options.groups);
  const outputs = splitChannels(x, options.groups).map((input, index) => {
    const part = kernels[index];
    if (!part) throw new Error('conv2d has fewer kernel groups than input groups.');
    return paddedConv2d(input, part, { ...options, groups: 1 });
  });
  return tf.concat(outputs, 3);
}

function splitChannels(x: Tensor, parts: number): Tensor[] {
  return tf.split(x, parts, 3);
}

let groupedGradient: boolean | undefined;

/**
 * Whether this TensorFlow can differentiate a grouped convolution: cuDNN and oneDNN can (four times
 * faster than slices for ResNeXt's 32 groups), TensorFlow's own CPU kernels refuse. Asked once, of
 * the real library even while recording.
 */
function hasGroupedGradient(): boolean {
  groupedGradient ??= withBinding(binding, () =>
    tf.tidy(() => {
      try {
        // Two groups: x [1, 2, 2, 4], kernel [1, 1, 2, 4].
        const attributes = convAttributes(1, { kind: 'VALID' });
        const sizes = tf.tensor1d([1, 2, 2, 4], 'int32');
        const inputs = [sizes, tf.ones([1, 1, 2, 4]), tf.ones([1, 2, 2, 4])];
        op('Conv2DBackpropInput', attributes, inputs).dataSync();
        return true;
      } catch {
        return false;
      }
    }),
  );
  return groupedGradient;
}
