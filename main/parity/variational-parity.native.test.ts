// Transposed convolutions and the terms of a variational autoencoder's objective, against PyTorch's answers
// in fixtures/training/variational.safetensors (variational_oracle.py makes it).
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseTensorFile } from '../../shared/safetensors.ts';
import { readFloats } from '../../shared/tensor-values.ts';
import { fromFileLayout, toFileLayout } from '../engine/network/layout.ts';
import { conv2dTranspose } from '../engine/ops/conv2d-transpose.ts';
import {
  bernoulliNegativeLogLikelihood,
  divergenceFromStandardNormal,
  gaussianNegativeLogLikelihood,
  reparameterized,
} from '../engine/ops/variational.ts';
import { recordProgram } from '../engine/recording/recorded-program.ts';
import { createTensor } from '../engine/tensorflow/handles.ts';
import { tf, type Tensor } from '../engine/tensorflow/library.ts';
import { failOnLeaks } from '../engine/testing/leaks.ts';
import type { Weight } from '../zoo/parameters.ts';

failOnLeaks();

const FORWARD_TOLERANCE = 1e-5;
const GRADIENT_TOLERANCE = 1e-4;
const OBJECTIVE_TOLERANCE = 1e-5;

const About = z.object({
  convolutions: z.array(
    z.object({ kernel: z.int(), stride: z.int(), padding: z.int(), outputPadding: z.int() }),
  ),
  deviation: z.number(),
});

interface Values {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const file = parseTensorFile(
  readFileSync(new URL('fixtures/training/variational.safetensors', import.meta.url)),
);
const about = About.parse(JSON.parse(file.metadata['about'] ?? ''));

function given(name: string): Values {
  const entry = file.tensors.get(name);
  if (!entry) throw new Error(`The fixture has no ${name}.`);
  return { shape: entry.shape, values: readFloats(entry.dtype, file.bytesOf(name)) };
}

const tensor = ({ shape, values }: Values): Tensor => createTensor('float32', shape, values);

/** The largest difference over the largest value. */
function gap(found: ArrayLike<number>, expected: Values): number {
  expect(found.length).toBe(expected.values.length);
  let [difference, size] = [0, 0];
  expected.values.forEach((value, i) => {
    const apart = Math.abs((found[i] ?? Number.NaN) - value);
    // Also where one is not a number.
    if (!(apart <= difference)) difference = apart;
    size = Math.max(size, Math.abs(value));
  });
  return difference / Math.max(size, Number.MIN_VALUE);
}

/** A kernel [C, O, k, k] of the file, which is [k, k, O, C] in the engine. */
function kernelOf(name: string): { readonly weight: Weight; readonly engine: Values } {
  const { shape: fileShape, values } = given(name);
  const [inner = 1, outer = 1, height = 1, width = 1] = fileShape;
  const shape = [height, width, outer, inner];
  const weight: Weight = {
    name,
    unit: '',
    role: 'kernel',
    trained: true,
    fileShape,
    shape,
    initial: { kind: 'constant', value: 0 },
  };
  return { weight, engine: { shape, values: fromFileLayout(weight, values) } };
}

test.each(about.convolutions.map((options, i) => ({ ...options, name: `conv${i}` })))(
  'a transposed $kernel×$kernel convolution, stride $stride, padding $padding and $outputPadding, is PyTorch’s',
  ({ name, ...options }) => {
    const { weight, engine } = kernelOf(`${name}.w`);
    const x = given(`${name}.x`);
    const dy = given(`${name}.dy`);
    const [y, dx, dw] = tf.tidy(() => {
      const run = (map: Tensor, kernel: Tensor): Tensor => conv2dTranspose(map, kernel, options);
      const inputs = [tensor(x), tensor(engine)];
      const gradients = tf.grads((map: Tensor, kernel: Tensor) => run(map, kernel));
      const [map, kernel] = inputs;
      if (!map || !kernel) throw new Error('There are no inputs.');
      const found = [run(map, kernel), ...gradients(inputs, tensor(dy))];
      return found.map((value) => value.dataSync<'float32'>());
    });
    if (!y || !dx || !dw) throw new Error('Something was not computed.');
    expect(gap(y, given(`${name}.y`))).toBeLessThan(FORWARD_TOLERANCE);
    expect(gap(dx, given(`${name}.dx`))).toBeLessThan(GRADIENT_TOLERANCE);
    const inFile = toFileLayout(weight, Float32Array.from(dw));
    expect(gap(inFile, given(`${name}.dw`))).toBeLessThan(GRADIENT_TOLERANCE);
  },
);

test('a recorded transposed convolution and its gradients are those of the eager one', () => {
  const options = { stride: 2, padding: 1, outputPadding: 1 };
  const [x, dy] = [given('conv0.x'), given('conv0.dy')];
  const { engine } = kernelOf('conv0.w');
  const feedOf = (name: string, { shape }: Values) => ({ name, type: 'float32' as const, shape });
  const program = recordProgram({
    state: [],
    functions: [
      {
        name: 'convolve',
        feeds: [feedOf('x', x), feedOf('w', engine), feedOf('dy', dy)],
        body: ({ feed }) => {
          const run = (map: Tensor, kernel: Tensor): Tensor =>
            conv2dTranspose(map, kernel, options);
          const [dx, dw] = tf.grads(run)([feed('x'), feed('w')], feed('dy'));
          if (!dx || !dw) throw new Error('There are no gradients.');
          return { outputs: { y: run(feed('x'), feed('w')), dx, dw } };
        },
      },
    ],
  });
  const found = program.run('convolve', {
    feeds: { x: x.values, w: engine.values, dy: dy.values },
    outputs: ['y', 'dx', 'dw'],
    update: false,
  });
  program.dispose();
  const values = (name: string): Float32Array => Float32Array.from(found[name]?.values ?? []);
  expect(gap(values('y'), given('conv0.y'))).toBeLessThan(FORWARD_TOLERANCE);
  expect(gap(values('dx'), given('conv0.dx'))).toBeLessThan(GRADIENT_TOLERANCE);
  expect(values('dw')).toHaveLength(engine.values.length);
});

/** The value of f and its gradients by the inputs, of the sum of all its elements. */
function evaluated(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly string[],
  weigh?: string,
): Float32Array[] {
  return tf.tidy(() => {
    const tensors = inputs.map((name) => tensor(given(name)));
    const gradients = tf.grads((...args: Tensor[]) => f(...args))(
      tensors,
      weigh === undefined ? undefined : tensor(given(weigh)),
    );
    return [f(...tensors), ...gradients].map((value) =>
      Float32Array.from(value.dataSync<'float32'>()),
    );
  });
}

function expectObjective(found: readonly Float32Array[], names: readonly string[]): void {
  expect(found).toHaveLength(names.length);
  names.forEach((name, i) => {
    expect(gap(found[i] ?? [], given(name)), name).toBeLessThan(OBJECTIVE_TOLERANCE);
  });
}

const LATENT = ['latent.mean', 'latent.log_variance'];

test('a sample of the latent Gaussian and its gradients are PyTorch’s', () => {
  const noise = given('latent.noise');
  expectObjective(
    evaluated((mean, variance) => sampleOf(mean, variance, noise), LATENT, 'latent.weigh'),
    ['latent.z', 'latent.z.d_mean', 'latent.z.d_log_variance'],
  );
});

function sampleOf(mean: Tensor | undefined, variance: Tensor | undefined, noise: Values): Tensor {
  if (!mean || !variance) throw new Error('There is no latent Gaussian.');
  return reparameterized(mean, variance, tensor(noise));
}

test('the divergence from the standard normal is PyTorch’s', () => {
  expectObjective(
    evaluated(
      (mean: Tensor, variance: Tensor) => divergenceFromStandardNormal(mean, variance),
      LATENT,
    ),
    ['latent.kl', 'latent.kl.d_mean', 'latent.kl.d_log_variance'],
  );
});

test.each(['bernoulli', 'gaussian'] as const)('the %s likelihood is PyTorch’s', (kind) => {
  const pixels = given('image.pixels');
  const found = evaluated(
    (logits: Tensor) =>
      kind === 'bernoulli'
        ? bernoulliNegativeLogLikelihood(logits, tensor(pixels))
        : gaussianNegativeLogLikelihood(logits, tensor(pixels), about.deviation),
    ['image.logits'],
  );
  expectObjective(found, [`image.${kind}`, `image.${kind}.d_logits`]);
});
