// TensorFlow's own convolution op with its two backward ops, as one differentiable function. Which shapes
// it may be given is decided in conv2d.ts: some libraries have wrong kernels for a few of them.
import { tf, type Tensor } from '../tensorflow/library.ts';
import { bool, ints, op, text, type, type Attributes } from '../tensorflow/op.ts';
import { currentPrecision, keepFloat32 } from '../recording/precision.ts';
import { hasGradientOf } from './convolution-support.ts';
import { attachGradient } from './gradient.ts';

export type Padding =
  | { readonly kind: 'SAME' | 'VALID' }
  /** Zeros on each side, by the op itself. */
  | { readonly kind: 'EXPLICIT'; readonly padding: number };

export interface Window {
  readonly stride: number;
  readonly dilation: number;
  readonly padding: Padding;
}

/** x [N, H, W, C], kernel [k, k, C / groups, O]; the number of groups follows from the shapes. */
export function nativeConv2d(x: Tensor, kernel: Tensor, window: Window): Tensor {
  const attributes = convAttributes(window);
  const keep = staysFloat32(x, kernel, window);
  const run = (name: string, inputs: readonly Tensor[]): Tensor =>
    keep ? keepFloat32(() => op(name, attributes, inputs)) : op(name, attributes, inputs);
  return attachGradient({
    inputs: [x, kernel],
    output: run('Conv2D', [x, kernel]),
    saved: [x, kernel],
    backward: (dy, [input, weights]) => {
      if (!input || !weights) throw new Error('conv2d lost its saved tensors.');
      const inputSizes = tf.tensor1d(input.shape, 'int32');
      const kernelSizes = tf.tensor1d(weights.shape, 'int32');
      return [
        run('Conv2DBackpropInput', [inputSizes, weights, dy]),
        run('Conv2DBackpropFilter', [input, kernelSizes, dy]),
      ];
    },
  });
}

/** cuDNN's float16 kernels for fewer channels than this may be 20 times slower (tensorflow#48127). */
const FEWEST_FLOAT16_CHANNELS = 4;

/** Convolutions that gain nothing from low precision, or that the library has no low kernels for. */
function staysFloat32(x: Tensor, kernel: Tensor, { dilation }: Window): boolean {
  const precision = currentPrecision();
  if (precision === 'float32') return false;
  const [, , channels = 1] = kernel.shape;
  if (precision === 'float16' && channels < FEWEST_FLOAT16_CHANNELS) return true;
  const groups = (x.shape[3] ?? channels) / channels;
  return (groups > 1 || dilation > 1) && !hasGradientOf({ groups, dilation, precision });
}

function convAttributes({ stride, dilation, padding }: Window): Attributes {
  return {
    T: type('float32'),
    strides: ints([1, stride, stride, 1]),
    dilations: ints([1, dilation, dilation, 1]),
    padding: text(padding.kind),
    data_format: text('NHWC'),
    use_cudnn_on_gpu: bool(true),
    ...(padding.kind === 'EXPLICIT'
      ? { explicit_paddings: ints([0, 0, ...Array<number>(4).fill(padding.padding), 0, 0]) }
      : {}),
  };
}
