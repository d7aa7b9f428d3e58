import { describe, expect, test } from 'vitest';
import { failOnLeaks } from '../testing/leaks.ts';
import { expectGradientMatches, randomTensor, randomValues } from '../testing/check-gradient.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { createTensor } from '../tensorflow/handles.ts';
import {
  batchNormInference,
  batchNormTraining,
  deviation,
  responseDeviation,
} from './batch-norm.ts';
import { crossEntropy, isInTop, smoothedTargets } from './classification.ts';
import { conv2d } from './conv2d.ts';
import { dropout, globalAveragePool, linear, maxPool, relu, subsample } from './layers.ts';

failOnLeaks();

const valuesOf = (make: () => Tensor): number[] =>
  tf.tidy(() => Array.from(make().dataSync<'float32'>()));

function input(shape: readonly number[], seed: number) {
  return {
    shape,
    values: randomValues(
      shape.reduce((p, d) => p * d, 1),
      seed,
    ),
  };
}

describe('conv2d', () => {
  test('pads symmetrically like PyTorch where TensorFlow would not', () => {
    // A 4×4 ramp under a 3×3 kernel of ones, stride 2, padding 1: windows start at −1 and 1.
    const ramp = Float32Array.from({ length: 16 }, (_, i) => i);
    const y = valuesOf(() =>
      conv2d(
        createTensor('float32', [1, 4, 4, 1], ramp),
        createTensor('float32', [3, 3, 1, 1], new Float32Array(9).fill(1)),
        { stride: 2, padding: 1, groups: 1 },
      ),
    );
    expect(y).toEqual([
      0 + 1 + 4 + 5,
      1 + 2 + 3 + 5 + 6 + 7,
      4 + 5 + 8 + 9 + 12 + 13,
      5 + 6 + 7 + 9 + 10 + 11 + 13 + 14 + 15,
    ]);
  });

  for (const [stride, padding, kernel] of [
    [1, 1, 3],
    [2, 1, 3],
    [2, 0, 1],
    [2, 3, 7],
  ] as const) {
    test(`has the gradient of a ${kernel}×${kernel} window, stride ${stride}, padding ${padding}`, () => {
      expectGradientMatches(
        (x, w) => conv2d(x, w, { stride, padding, groups: 1 }),
        [input([1, 6, 6, 2], 1), input([kernel, kernel, 2, 1], 2)],
      );
    });
  }

  test('keeps groups apart', () => {
    const [grouped, first, second] = tf.tidy(() => {
      const x = randomTensor([2, 5, 5, 4], 1);
      const w = randomTensor([3, 3, 2, 6], 2);
      const options = { stride: 1, padding: 1, groups: 1 };
      const [x1, x2] = tf.split(x, 2, 3);
      const [w1, w2] = tf.split(w, 2, 3);
      return [
        conv2d(x, w, { ...options, groups: 2 }).arraySync(),
        conv2d(x1!, w1!, options).arraySync(),
        conv2d(x2!, w2!, options).arraySync(),
      ] as number[][][][][];
    });
    expect(grouped![0]![2]![3]).toEqual([...first![0]![2]![3]!, ...second![0]![2]![3]!]);
  });

  test('has the gradient of a grouped convolution', () => {
    expectGradientMatches(
      (x, w) => conv2d(x, w, { stride: 2, padding: 1, groups: 2 }),
      [input([1, 4, 4, 4], 3), input([3, 3, 2, 2], 4)],
    );
  });
});

describe('batch norm', () => {
  const norm = (scale: Tensor, shift: Tensor) => ({
    scale,
    shift,
    mean: tf.zeros([2]),
    variance: tf.ones([2]),
  });

  test('normalizes with the batch and moves the running statistics a tenth of the way', () => {
    const result = tf.tidy(() => {
      const x = createTensor(
        'float32',
        [4, 1, 1, 2],
        new Float32Array([1, 10, 3, 10, 5, 30, 7, 30]),
      );
      const trained = batchNormTraining(x, norm(tf.tensor1d([2, 1]), tf.tensor1d([1, 0])));
      return [trained.output, trained.nextMean, trained.nextVariance].map((t) =>
        Array.from(t.dataSync()),
      );
    });
    const [output, mean, variance] = result as [number[], number[], number[]];
    const s = Math.sqrt(5 + 1e-5);
    [-3, -1, 1, 3].forEach((centred, i) => {
      expect(output[2 * i]).toBeCloseTo(1 + (2 * centred) / s, 4);
    });
    expect(mean[0]).toBeCloseTo(0.4, 5);
    expect(mean[1]).toBeCloseTo(2, 5);
    // The unbiased variances are 20/3 and 400/3.
    expect(variance[0]).toBeCloseTo(0.9 + 0.1 * (20 / 3), 4);
    expect(variance[1]).toBeCloseTo(0.9 + 0.1 * (400 / 3), 3);
  });

  test('has the gradient with respect to input, scale and shift', () => {
    expectGradientMatches(
      (x, scale, shift) => batchNormTraining(x, norm(scale, shift)).output,
      [input([3, 2, 2, 2], 5), input([2], 6), input([2], 7)],
    );
  });

  test('uses the running statistics in inference', () => {
    const y = valuesOf(() =>
      batchNormInference(createTensor('float32', [1, 1, 1, 2], new Float32Array([3, 5])), {
        scale: tf.tensor1d([2, 1]),
        shift: tf.tensor1d([1, -1]),
        mean: tf.tensor1d([1, 5]),
        variance: tf.tensor1d([4, 9]),
      }),
    );
    expect(y[0]).toBeCloseTo(3, 4);
    expect(y[1]).toBeCloseTo(-1, 4);
  });

  test('knows the deviation of its response without looking at it', () => {
    const [fromChannels, measured] = tf.tidy(() => {
      const x = randomTensor([8, 4, 4, 2], 8);
      const weights = norm(tf.tensor1d([0.5, 3]), tf.tensor1d([1, -2]));
      const trained = batchNormTraining(x, weights);
      return [responseDeviation(weights, trained, 8 * 16), deviation(trained.output)].map(
        (t) => t.dataSync()[0]!,
      );
    });
    expect(fromChannels).toBeCloseTo(measured!, 3);
  });
});

describe('small layers', () => {
  test('relu passes positive values and their gradient', () => {
    expect(
      valuesOf(() => relu(createTensor('float32', [4], new Float32Array([-1, 0, 2, NaN])))),
    ).toEqual([0, 0, 2, NaN]);
    expectGradientMatches(
      (x) => relu(x),
      [{ shape: [4], values: new Float32Array([-1, -0.5, 0.5, 2]) }],
    );
  });

  test('max pooling never lets padding win', () => {
    const negative = Float32Array.from({ length: 16 }, (_, i) => i - 100);
    expect(
      valuesOf(() =>
        maxPool(createTensor('float32', [1, 4, 4, 1], negative), {
          kernel: 3,
          stride: 2,
          padding: 1,
        }),
      ),
    ).toEqual([-95, -93, -87, -85]);
  });

  test('max pooling sends its gradient to the largest value', () => {
    // Distinct values far apart, so that a finite difference does not change the winner.
    const values = Float32Array.from({ length: 16 }, (_, i) => ((i * 7) % 16) - 8);
    expectGradientMatches(
      (x) => maxPool(x, { kernel: 3, stride: 2, padding: 1 }),
      [{ shape: [1, 4, 4, 1], values }],
    );
  });

  test('global average pooling means over the map', () => {
    const x = new Float32Array([1, 10, 3, 20, 5, 30, 7, 40]);
    expect(valuesOf(() => globalAveragePool(createTensor('float32', [1, 2, 2, 2], x)))).toEqual([
      4, 25,
    ]);
    expectGradientMatches((y) => globalAveragePool(y), [input([2, 2, 2, 2], 9)]);
  });

  test('linear multiplies and adds', () => {
    const y = valuesOf(() =>
      linear(
        createTensor('float32', [1, 2], new Float32Array([1, 2])),
        createTensor('float32', [2, 2], new Float32Array([1, 2, 3, 4])),
        createTensor('float32', [2], new Float32Array([10, 20])),
      ),
    );
    expect(y).toEqual([17, 30]);
    expectGradientMatches(
      (x, w, b) => linear(x, w, b),
      [input([2, 3], 10), input([3, 2], 11), input([2], 12)],
    );
  });

  test('subsampling takes every second row and column', () => {
    const x = Float32Array.from({ length: 16 }, (_, i) => i);
    expect(valuesOf(() => subsample(createTensor('float32', [1, 4, 4, 1], x), 2))).toEqual([
      0, 2, 8, 10,
    ]);
    expectGradientMatches((y) => subsample(y, 2), [input([1, 5, 4, 1], 13)]);
  });

  test('dropout is a function of its seed and keeps the expectation', () => {
    const draw = (seed: number): number[] =>
      valuesOf(() => dropout(tf.ones([10_000]), 0.3, tf.tensor1d([seed, 0], 'int32')));
    const first = draw(1);
    expect(draw(1)).toEqual(first);
    expect(draw(2)).not.toEqual(first);
    expect(new Set(first.map((value) => value.toFixed(4)))).toEqual(new Set(['0.0000', '1.4286']));
    const mean = first.reduce((sum, value) => sum + value, 0) / first.length;
    expect(mean).toBeGreaterThan(0.97);
    expect(mean).toBeLessThan(1.03);
  });
});

describe('classification', () => {
  test('smooths one-hot targets', () => {
    const targets = valuesOf(() => smoothedTargets(tf.tensor1d([1, 0], 'int32'), 4, 0.2));
    const expected = [0.05, 0.85, 0.05, 0.05, 0.85, 0.05, 0.05, 0.05];
    targets.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
  });

  test('cross-entropy of even logits is the logarithm of the class count', () => {
    const [loss] = valuesOf(() =>
      crossEntropy(tf.zeros([1, 8]), smoothedTargets(tf.tensor1d([3], 'int32'), 8, 0)),
    );
    expect(loss).toBeCloseTo(Math.log(8), 5);
  });

  test('cross-entropy has the gradient softmax − target', () => {
    expectGradientMatches(
      (logits) => crossEntropy(logits, smoothedTargets(tf.tensor1d([0, 2], 'int32'), 3, 0.1)),
      [input([2, 3], 14)],
    );
  });

  test('counts a label among the k most likely', () => {
    const logits = new Float32Array([5, 4, 3, 2, 1, 1, 2, 3, 4, 5]);
    const hits = (k: number): number[] =>
      valuesOf(() =>
        isInTop(k, createTensor('float32', [2, 5], logits), tf.tensor1d([1, 1], 'int32')),
      );
    expect(hits(1)).toEqual([0, 0]);
    expect(hits(2)).toEqual([1, 0]);
    expect(hits(4)).toEqual([1, 1]);
  });
});
