// The layers that came with the options: group normalization, squeeze-and-excitation, sigmoid, bias,
// average pooling, dilation. Values by hand, gradients by finite differences.
import { expect, test, vi } from 'vitest';
import { createTensor } from '../tensorflow/handles.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { expectGradientMatches, randomValues } from '../testing/check-gradient.ts';
import { failOnLeaks } from '../testing/leaks.ts';
import { conv2d } from './conv2d.ts';
import { groupNorm } from './group-norm.ts';
import { averagePool, biasAdd, sigmoid } from './layers.ts';
import { squeezeExcitation } from './squeeze-excitation.ts';

failOnLeaks();

const valuesOf = (make: () => Tensor): number[] =>
  tf.tidy(() => Array.from(make().dataSync<'float32'>()));

function input(shape: readonly number[], seed: number) {
  const size = shape.reduce((product, side) => product * side, 1);
  return { shape, values: randomValues(size, seed) };
}

test('group norm gives every group of an example mean 0 and deviation 1, then scales and shifts', () => {
  // Groups {1, 3} and {10, 30}: ±1 after normalization.
  const y = valuesOf(() =>
    groupNorm(
      createTensor('float32', [1, 1, 1, 4], new Float32Array([1, 3, 10, 30])),
      { scale: tf.tensor1d([1, 2, 3, 4]), shift: tf.tensor1d([0, 0, 10, 10]) },
      2,
    ),
  );
  [-1, 2, 7, 14].forEach((value, i) => expect(y[i]).toBeCloseTo(value, 3));
});

test('group norm has the gradient with respect to input, scale and shift', () => {
  expectGradientMatches(
    (x, scale, shift) => groupNorm(x, { scale, shift }, 2),
    [input([2, 2, 3, 4], 1), input([4], 2), input([4], 3)],
  );
});

test('squeeze-and-excitation multiplies each channel by a number made of all means', () => {
  // Means 2 and 4; fc1 adds them up, fc2 gives 0 and −6 / 3: shares σ(0) and σ(−2).
  const y = valuesOf(() =>
    squeezeExcitation(createTensor('float32', [1, 1, 2, 2], new Float32Array([1, 3, 3, 5])), {
      reduce: { matrix: tf.ones([2, 1]), bias: tf.zeros([1]) },
      expand: { matrix: tf.tensor2d([0, -1 / 3], [1, 2]), bias: tf.zeros([2]) },
    }),
  );
  const share = 1 / (1 + Math.exp(2));
  [0.5, 3 * share, 1.5, 5 * share].forEach((value, i) => expect(y[i]).toBeCloseTo(value, 5));
});

test('squeeze-and-excitation has the gradient with respect to all its inputs', () => {
  expectGradientMatches(
    (x, w1, b1, w2, b2) =>
      squeezeExcitation(x, {
        reduce: { matrix: w1, bias: b1 },
        expand: { matrix: w2, bias: b2 },
      }),
    [
      input([2, 2, 2, 3], 1),
      input([3, 2], 2),
      // Away from the ReLU's corner.
      { shape: [2], values: new Float32Array([2, 2]) },
      input([2, 3], 4),
      input([3], 5),
    ],
  );
});

test('sigmoid and bias have their gradients', () => {
  expectGradientMatches((x) => sigmoid(x), [input([2, 3], 1)]);
  expectGradientMatches((x, b) => biasAdd(x, b), [input([2, 2, 1, 3], 1), input([3], 2)]);
});

test('average pooling takes the mean of the pixels that exist at an odd edge', () => {
  const ramp = Float32Array.from({ length: 9 }, (_, i) => i);
  const y = valuesOf(() => averagePool(createTensor('float32', [1, 3, 3, 1], ramp)));
  expect(y).toEqual([2, 3.5, 6.5, 8]);
  expectGradientMatches((x) => averagePool(x), [input([1, 3, 4, 2], 1)]);
});

test('a dilated convolution reads pixels as far apart as its dilation', () => {
  const ramp = Float32Array.from({ length: 25 }, (_, i) => i);
  const y = valuesOf(() =>
    conv2d(
      createTensor('float32', [1, 5, 5, 1], ramp),
      createTensor('float32', [3, 3, 1, 1], new Float32Array(9).fill(1)),
      { stride: 1, padding: 2, groups: 1, dilation: 2 },
    ),
  );
  // Around the middle: rows and columns 0, 2 and 4.
  expect(y[12]).toBe(0 + 2 + 4 + 10 + 12 + 14 + 20 + 22 + 24);
  expect(y[0]).toBe(0 + 2 + 10 + 12);
});

for (const [groups, dilation] of [
  [1, 2],
  [2, 2],
  [1, 3],
] as const) {
  test(`a convolution dilated by ${dilation} in ${groups} groups has its gradient`, () => {
    expectGradientMatches(
      (x, w) => conv2d(x, w, { stride: 1, padding: dilation, groups, dilation }),
      [input([1, 5, 4, 2], 1), input([3, 3, 2 / groups, 2], 2)],
    );
  });
}

for (const stride of [1, 2]) {
  test(`a 1×1 convolution of stride ${stride} as a matrix product is the same, with its gradient`, () => {
    const options = { stride, padding: 0, groups: 1 };
    const inputs = [input([2, 4, 3, 3], 1), input([1, 1, 3, 2], 2)] as const;
    const compute = () =>
      valuesOf(() => {
        const [x, w] = inputs.map(({ shape, values }) => createTensor('float32', shape, values));
        if (!x || !w) throw new Error('A convolution has two inputs.');
        return conv2d(x, w, options);
      });
    const plain = compute();
    vi.stubEnv('RESNET_LAB_AVOIDED_CONVOLUTIONS', 'pointwise');
    try {
      const product = compute();
      expect(product).toHaveLength(plain.length);
      plain.forEach((value, i) => expect(product[i]).toBeCloseTo(value, 5));
      expectGradientMatches((x, w) => conv2d(x, w, options), [...inputs]);
    } finally {
      vi.unstubAllEnvs();
    }
  });
}
