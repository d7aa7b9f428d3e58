// Compares an op's gradient with central finite differences of Σ r · f(x), r fixed and irregular.
import { expect } from 'vitest';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { createTensor } from '../tensorflow/handles.ts';
import { createRng } from '../../../shared/rng.ts';

/** float32 differences of sums of O(1) values cannot do better. */
const TOLERANCE = 2e-2;
const STEP = 1e-2;

export function randomValues(size: number, seed: number): Float32Array {
  const rng = createRng(seed, 'test values');
  return Float32Array.from({ length: size }, () => rng.normal());
}

export function randomTensor(shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return createTensor('float32', shape, randomValues(size, seed));
}

/** Checks the gradient of `f` with respect to each input, at every element. */
export function expectGradientMatches(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly { readonly shape: readonly number[]; readonly values: Float32Array }[],
): void {
  const weigh = (y: Tensor): Tensor => {
    const weights = createTensor('float32', y.shape, randomValues(y.size, 99));
    return tf.sum(tf.mul(y, weights));
  };
  const valueAt = (arrays: readonly Float32Array[]): number =>
    tf.tidy(() => {
      const tensors = inputs.map(({ shape }, i) => createTensor('float32', shape, arrays[i]!));
      return weigh(f(...tensors)).dataSync()[0]!;
    });
  const analytic = tf.tidy(() => {
    const tensors = inputs.map(({ shape, values }) => createTensor('float32', shape, values));
    return tf
      .grads((...args: Tensor[]) => weigh(f(...args)))(tensors)
      .map((gradient) => gradient.dataSync<'float32'>());
  });
  inputs.forEach(({ values }, which) => {
    values.forEach((_, index) => {
      const shifted = (by: number): number =>
        valueAt(
          inputs.map(({ values: array }, i) => {
            const copy = array.slice();
            if (i === which) copy[index]! += by;
            return copy;
          }),
        );
      const numeric = (shifted(STEP) - shifted(-STEP)) / (2 * STEP);
      const given = analytic[which]![index]!;
      expect(
        Math.abs(given - numeric) / Math.max(1, Math.abs(numeric)),
        `input ${which}, element ${index}: gradient ${given}, difference quotient ${numeric}`,
      ).toBeLessThan(TOLERANCE);
    });
  });
}
