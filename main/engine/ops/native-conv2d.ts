// TensorFlow's own convolution op with its two backward ops, as one differentiable function. Which shapes
// it may be given is decided in conv2d.ts: some libraries have wrong kernels for a few of them.
import { tf, type Tensor } from '../tensorflow/library.ts';
import { bool, ints, op, text, type, type Attributes } from '../tensorflow/op.ts';
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

export function convAttributes({ stride, dilation, padding }: Window): Attributes {
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
