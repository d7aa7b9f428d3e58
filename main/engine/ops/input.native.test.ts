import { expect, test } from 'vitest';
import { createRng } from '../../../shared/rng.ts';
import { failOnLeaks } from '../testing/leaks.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { createTensor } from '../tensorflow/handles.ts';
import { augmentAndNormalize, gatherImages, normalize } from './input.ts';

failOnLeaks();

const PLAIN = { mean: [0], deviation: [1 / 255] };

/** Images whose pixel at row i, column j has the value 16 · i + j + 1, so that places can be told. */
function ramps(count: number, size: number): Uint8Array {
  return Uint8Array.from({ length: count * size * size }, (_, k) => {
    const place = k % (size * size);
    return 16 * Math.floor(place / size) + (place % size) + 1;
  });
}

function augmented(seed: number, options: { pad: number; flip: boolean }, count = 64): number[][] {
  return tf.tidy(() => {
    const images = createTensor('uint8', [count, 6, 6, 1], ramps(count, 6));
    const y = augmentAndNormalize(images, options, {
      normalization: PLAIN,
      seed: tf.tensor1d([seed, 0], 'int32'),
    });
    const flat = Array.from(y.dataSync<'float32'>(), Math.round);
    return Array.from({ length: count }, (_, n) => flat.slice(n * 36, (n + 1) * 36));
  });
}

test('normalizes bytes per channel', () => {
  const y = tf.tidy(() => {
    const images: Tensor = createTensor('uint8', [1, 1, 1, 3], new Uint8Array([0, 255, 51]));
    return Array.from(
      normalize(images, {
        mean: [0.5, 0.5, 0.2],
        deviation: [0.25, 0.5, 0.1],
      }).dataSync<'float32'>(),
    );
  });
  [-2, 1, 0].forEach((expected, c) => expect(y[c]).toBeCloseTo(expected, 5));
});

test('a mean image is subtracted at the places that pixels come from, and padding stays zero', () => {
  const side = 6;
  const rng = createRng(3, 'mean image');
  const mean = Uint8Array.from({ length: side * side * 3 }, () => 10 + rng.below(200));
  // Image n is the mean image and n + 1 more everywhere, so what is left says which image it is.
  const count = 24;
  const bytes = Uint8Array.from({ length: count * mean.length }, (_, i) => {
    return mean[i % mean.length]! + Math.floor(i / mean.length) + 1;
  });
  const normalization = {
    mean: [0.3, 0.4, 0.5],
    deviation: [1, 0.5, 0.25],
    meanImage: Float32Array.from(mean, (byte) => byte / 255),
  };
  const made = (options: { pad: number; flip: boolean }): Float32Array =>
    tf.tidy(() => {
      const images: Tensor = createTensor('uint8', [count, side, side, 3], bytes);
      const seed = tf.tensor1d([5, 0], 'int32');
      return augmentAndNormalize(images, options, { normalization, seed })
        .dataSync<'float32'>()
        .slice();
    });
  made({ pad: 0, flip: false }).forEach((value, i) => {
    const expected = (Math.floor(i / mean.length) + 1) / 255 / [1, 0.5, 0.25][i % 3]!;
    expect(Math.abs(value - expected)).toBeLessThan(1e-5);
  });
  let outside = 0;
  made({ pad: 2, flip: true }).forEach((value, i) => {
    if (value === 0) outside++;
    const expected = (Math.floor(i / mean.length) + 1) / 255 / [1, 0.5, 0.25][i % 3]!;
    if (value !== 0) expect(Math.abs(value - expected)).toBeLessThan(1e-5);
  });
  // Two thirds of the 25 shifts by up to 2 uncover a fifth of the pixels or more.
  expect(outside / (count * mean.length)).toBeGreaterThan(0.1);
  expect(outside / (count * mean.length)).toBeLessThan(0.6);
});

test('gathers rows of a resident dataset', () => {
  const y = tf.tidy(() => {
    const images = createTensor('uint8', [3, 1, 1, 1], new Uint8Array([7, 8, 9]));
    const rows = gatherImages(images, tf.tensor1d([2, 0, 2], 'int32'));
    return Array.from(normalize(rows, PLAIN).dataSync<'float32'>(), Math.round);
  });
  expect(y).toEqual([9, 7, 9]);
});

test('every augmented image is a shifted, possibly mirrored copy with zeros around it', () => {
  const original = Array.from(ramps(1, 6));
  const at = (i: number, j: number): number =>
    i < 0 || j < 0 || i > 5 || j > 5 ? 0 : original[i * 6 + j]!;
  const shifts = new Set<string>();
  for (const image of augmented(1, { pad: 2, flip: true }, 256)) {
    const found: string[] = [];
    for (const mirrored of [false, true]) {
      for (let dy = -2; dy <= 2; dy++) {
        for (let dx = -2; dx <= 2; dx++) {
          const same = image.every((value, place) => {
            const i = Math.floor(place / 6) + dy;
            const j = (mirrored ? 5 - (place % 6) : place % 6) + dx;
            return value === at(i, j);
          });
          if (same) found.push(`${mirrored} ${dy} ${dx}`);
        }
      }
    }
    expect(found).toHaveLength(1);
    shifts.add(found[0]!);
  }
  // 256 draws out of 50 equally likely places leave out about 0.6 % of them each.
  expect(shifts.size).toBeGreaterThan(40);
});

test('the same seed gives the same crops and another seed others', () => {
  const options = { pad: 2, flip: true };
  expect(augmented(5, options)).toEqual(augmented(5, options));
  expect(augmented(5, options)).not.toEqual(augmented(6, options));
});

test('without flip and padding nothing is changed', () => {
  for (const image of augmented(1, { pad: 0, flip: false }, 3)) {
    expect(image).toEqual(Array.from(ramps(1, 6)));
  }
});
