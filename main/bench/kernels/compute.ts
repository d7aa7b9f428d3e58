// One convolution of the kernel check, recorded and run as a training step is: its value and both gradients.
import { createRng } from '../../../shared/rng.ts';
import { conv2d } from '../../engine/ops/conv2d.ts';
import { nativeConv2d } from '../../engine/ops/native-conv2d.ts';
import { recordProgram } from '../../engine/recording/recorded-program.ts';
import { tf, type Tensor } from '../../engine/tensorflow/library.ts';
import { PARTS, type KernelForm, type KernelValues } from './parts.ts';
import type { KernelCase } from './shapes.ts';

/** x [N, H, W, C], kernel [k, k, C / groups, O] and dy [N, H', W', O] are uniform in [−1, 1), the same in every process. */
export function computeCase(of: KernelCase, form: KernelForm): KernelValues {
  const shapes = shapesOf(of);
  const program = recordProgram({
    state: [],
    functions: [
      {
        name: 'convolution',
        feeds: Object.entries(shapes).map(([name, shape]) => ({ name, type: 'float32', shape })),
        body: ({ feed }) => {
          const inputs = [feed('x'), feed('kernel')];
          const convolve = (x: Tensor, kernel: Tensor): Tensor => convolveAs(form, of, x, kernel);
          const { value, grads } = tf.valueAndGrads((...both: Tensor[]) =>
            convolve(both[0] as Tensor, both[1] as Tensor),
          )(inputs, feed('dy'));
          const [dx, dw] = grads as [Tensor, Tensor];
          return {
            outputs: { forward: value, 'input gradient': dx, 'weight gradient': dw },
          };
        },
      },
    ],
  });
  try {
    const feeds = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, valuesFor(of, name, shape)]),
    );
    const results = program.run('convolution', { feeds, outputs: PARTS, update: false });
    return Object.fromEntries(
      PARTS.map((part) => [part, results[part]?.values]),
    ) as unknown as KernelValues;
  } finally {
    program.dispose();
  }
}

function convolveAs(form: KernelForm, of: KernelCase, x: Tensor, kernel: Tensor): Tensor {
  const { stride, groups, dilation } = of;
  const padding = paddingOf(of);
  if (form === 'app') return conv2d(x, kernel, { stride, padding, groups, dilation });
  const around: [number, number] = [padding, padding];
  const padded = padding === 0 ? x : tf.pad(x, [[0, 0], around, around, [0, 0]]);
  return nativeConv2d(padded, kernel, { stride, dilation, padding: { kind: 'VALID' } });
}

/** Half of what the window reaches, as residual networks pad. */
export function paddingOf({ kernel, dilation }: KernelCase): number {
  return (dilation * (kernel - 1)) / 2;
}

export function shapesOf(of: KernelCase): {
  readonly x: readonly number[];
  readonly kernel: readonly number[];
  readonly dy: readonly number[];
} {
  const { batch, size, channels, outChannels, kernel, stride, groups } = of;
  const out = Math.floor((size - 1) / stride) + 1;
  return {
    x: [batch, size, size, channels],
    kernel: [kernel, kernel, channels / groups, outChannels],
    dy: [batch, out, out, outChannels],
  };
}

export function valuesFor(of: KernelCase, name: string, shape: readonly number[]): Float32Array {
  const rng = createRng(1, JSON.stringify(of), name);
  const length = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from({ length }, () => 2 * rng.uniform() - 1);
}
