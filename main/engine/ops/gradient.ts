// Gives the result of native ops a gradient of our own, so that a layer's backward pass is the few
// fused ops TensorFlow has for it and not what tfjs composes.
import { tf, type Tensor } from '../tensorflow/library.ts';

export interface Differentiable {
  /** What the output depends on; `backward` returns a gradient for each, in this order. */
  readonly inputs: readonly Tensor[];
  /** Computed from the inputs beforehand. */
  readonly output: Tensor;
  /** Tensors that `backward` needs; tfjs keeps them until the backward pass is over. */
  readonly saved: readonly Tensor[];
  readonly backward: (dy: Tensor, saved: readonly Tensor[]) => Tensor[];
}

/** Returns `output` as a node of tfjs's gradient tape. Costs no native op. */
export function attachGradient({ inputs, output, saved, backward }: Differentiable): Tensor {
  const withGradient = tf.customGrad((...args: (Tensor | ((kept: Tensor[]) => void))[]) => {
    const save = args.at(-1);
    if (typeof save === 'function') save([...saved]);
    return {
      value: output.clone(),
      gradFunc: (dy: Tensor, kept: Tensor[]) => backward(dy, kept),
    };
  });
  return withGradient(...inputs);
}

/** The identity, whose gradient is multiplied by a factor that broadcasts to its shape. */
export function scaleGradient(x: Tensor, factor: Tensor): Tensor {
  return attachGradient({
    inputs: [x],
    output: x,
    saved: [factor],
    backward: (dy, [kept]) => {
      if (!kept) throw new Error('scaleGradient lost its saved tensor.');
      return [tf.mul(dy, kept)];
    },
  });
}
