import { expect, test } from 'vitest';
import { ComposedAugmentation, NAMED_AUGMENTATIONS } from '../../../shared/spec/augmentation.ts';
import { createRng } from '../../../shared/rng.ts';
import { failOnLeaks } from '../testing/leaks.ts';
import { tf } from '../tensorflow/library.ts';
import { createTensor } from '../tensorflow/handles.ts';
import { posterized, solarized, stretched, withHue, withSaturation } from './colour.ts';
import { trainingBatch, type BatchAugmentation, type BatchOptions } from './training-batch.ts';

failOnLeaks();

const COUNT = 48;
const SIDE = 12;
const CLASSES = 3;
const ROW = SIDE * SIDE * 3;
const rng = createRng(1, 'images');
const IMAGES = Uint8Array.from({ length: COUNT * ROW }, () => rng.below(256));
const LABELS = Int32Array.from({ length: COUNT }, (_, n) => n % CLASSES);
const PLAIN = { mean: [0, 0, 0], deviation: [1, 1, 1] };

interface Made {
  readonly x: Float32Array;
  readonly targets: Float32Array;
  readonly labels: Int32Array;
  readonly weights: Float32Array | undefined;
}

function made(
  augmentation: BatchAugmentation,
  seed = 1,
  options: Partial<BatchOptions> = {},
  bytes = IMAGES,
): Made {
  return tf.tidy(() => {
    const images = createTensor('uint8', [COUNT, SIDE, SIDE, 3], bytes);
    const batch = trainingBatch(
      { images, labels: tf.tensor1d(LABELS, 'int32'), seed: tf.tensor1d([seed, 7], 'int32') },
      { augmentation, normalization: PLAIN, classes: CLASSES, labelSmoothing: 0, ...options },
    );
    return {
      x: batch.x.dataSync<'float32'>().slice(),
      targets: batch.targets.dataSync<'float32'>().slice(),
      labels: batch.labels.dataSync<'int32'>().slice(),
      weights: batch.weights?.dataSync<'float32'>().slice(),
    };
  });
}

function composed(parts: Record<string, unknown>): ComposedAugmentation {
  return ComposedAugmentation.parse({ kind: 'composed', crop: 'none', flip: false, ...parts });
}

function gap(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

const COMPOSED = Object.keys(NAMED_AUGMENTATIONS).filter(
  (name) => NAMED_AUGMENTATIONS[name]!.kind === 'composed',
);
const untouched = Float32Array.from(IMAGES, (byte) => byte / 255);

test('without any part nothing is changed', () => {
  expect(gap(made(composed({})).x, untouched)).toBeLessThan(1e-6);
});

test('padding, cropping and flipping is what the plain augmentation does from the same seed', () => {
  const normalization = { mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.3, 0.25] };
  const plain = made({ pad: 3, flip: true }, 5, { normalization });
  const same = made(composed({ crop: 'pad', pad: 3, flip: true }), 5, { normalization });
  expect(gap(plain.x, same.x)).toBeLessThan(1e-5);
});

test('a mean image is subtracted alike by the plain augmentation and the composed one', () => {
  const meanImage = Float32Array.from({ length: ROW }, (_, i) => ((i * 37) % 256) / 255);
  const normalization = { mean: [0.4, 0.5, 0.6], deviation: [1, 1, 1], meanImage };
  const plain = made({ pad: 3, flip: true }, 5, { normalization });
  const same = made(composed({ crop: 'pad', pad: 3, flip: true }), 5, { normalization });
  expect(gap(plain.x, same.x)).toBeLessThan(1e-5);
  // Not by chance: without it the images differ.
  const { mean, deviation } = normalization;
  const other = made({ pad: 3, flip: true }, 5, { normalization: { mean, deviation } });
  expect(gap(plain.x, other.x)).toBeGreaterThan(0.3);
  const still = made({ pad: 0, flip: false }, 5, { normalization });
  const expected = untouched.map((value, i) => value - meanImage[i % ROW]!);
  expect(gap(still.x, expected)).toBeLessThan(1e-6);
});

test.each(COMPOSED)(
  'the same seed gives the same batch, another seed another one, all finite (%s)',
  (name) => {
    const spec = NAMED_AUGMENTATIONS[name]!;
    if (spec.kind !== 'composed') throw new Error('not composed');
    const first = made(spec, 3);
    expect(made(spec, 3)).toEqual(first);
    expect(gap(made(spec, 4).x, first.x)).toBeGreaterThan(0.1);
    expect(first.x.every(Number.isFinite)).toBe(true);
  },
);

test('a resized crop shows a part of the image, larger', () => {
  // A ramp from left to right: whatever is shown is a ramp again, with a smaller rise.
  const ramp = IMAGES.map((_, i) => (Math.floor(i / 3) % SIDE) * 20);
  const { x } = made(composed({ crop: 'resized', minArea: 0.2, minAspect: 1 }), 2, {}, ramp);
  const rises = Array.from({ length: COUNT }, (_, n) => {
    const at = (column: number): number => x[n * ROW + column * 3]! * 255;
    return (at(SIDE - 2) - at(1)) / (SIDE - 3) / 20;
  });
  expect(Math.min(...rises)).toBeGreaterThan(Math.sqrt(0.2) - 0.05);
  expect(Math.max(...rises)).toBeLessThan(1.01);
  const mean = rises.reduce((sum, rise) => sum + rise, 0) / COUNT;
  // E √a for a uniform in [0.2, 1].
  expect(Math.abs(mean - 0.759)).toBeLessThan(0.07);
});

test('cutout blanks one square of the asked size, cut off at the edges', () => {
  const { x } = made(
    composed({ cutout: 4 }),
    9,
    {},
    IMAGES.map((byte) => Math.max(1, byte)),
  );
  for (let n = 0; n < COUNT; n++) {
    const blank: [number, number][] = [];
    for (let place = 0; place < SIDE * SIDE; place++) {
      const at = n * ROW + place * 3;
      if (x[at] === 0 && x[at + 1] === 0 && x[at + 2] === 0) {
        blank.push([Math.floor(place / SIDE), place % SIDE]);
      }
    }
    const side = (axis: 0 | 1): number =>
      1 + Math.max(...blank.map((p) => p[axis])) - Math.min(...blank.map((p) => p[axis]));
    expect(side(0)).toBeLessThanOrEqual(4);
    expect(side(1)).toBeLessThanOrEqual(4);
    expect(blank).toHaveLength(side(0) * side(1));
  }
});

test('mixup blends image and target by the same share', () => {
  const { x, targets, labels } = made(composed({ mixup: 1 }), 6);
  for (let n = 0; n < COUNT; n++) {
    const other = (n + COUNT - 1) % COUNT;
    const share = targets[n * CLASSES + LABELS[n]!]!;
    for (const place of [0, 100, ROW - 1]) {
      const expected =
        share * untouched[n * ROW + place]! + (1 - share) * untouched[other * ROW + place]!;
      expect(x[n * ROW + place]).toBeCloseTo(expected, 4);
    }
    expect(targets[n * CLASSES + LABELS[other]!]).toBeCloseTo(1 - share, 5);
    expect(labels[n]).toBe(share >= 0.5 ? LABELS[n] : LABELS[other]);
  }
});

test('cutmix pastes a rectangle whose area is the share of the other target', () => {
  const { x, targets } = made(composed({ cutmix: 1 }), 6);
  const shares: number[] = [];
  for (let n = 0; n < COUNT; n++) {
    const other = (n + COUNT - 1) % COUNT;
    let own = 0;
    for (let place = 0; place < SIDE * SIDE; place++) {
      const at = place * 3;
      const isOwn = Math.abs(x[n * ROW + at]! - untouched[n * ROW + at]!) < 1e-6;
      const isOther = Math.abs(x[n * ROW + at]! - untouched[other * ROW + at]!) < 1e-6;
      expect(isOwn || isOther).toBe(true);
      if (isOwn) own++;
    }
    const share = targets[n * CLASSES + LABELS[n]!]!;
    expect(Math.abs(share - own / (SIDE * SIDE))).toBeLessThan(0.03);
    shares.push(share);
  }
  expect(new Set(shares.map((share) => share.toFixed(2))).size).toBeGreaterThan(10);
});

test('the mixing shares follow the Beta distribution', () => {
  const shares = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((seed) => {
    const { targets } = made(composed({ mixup: 0.4 }), seed);
    return Array.from({ length: COUNT }, (_, n) => targets[n * CLASSES + LABELS[n]!]!);
  });
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
  // Beta(α, α): mean ½, variance 1 / (4 (2α + 1)).
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.06);
  expect(Math.abs(variance - 1 / (4 * 1.8))).toBeLessThan(0.02);
});

test('class weights follow the targets, mixed ones too', () => {
  const classWeights = [0.5, 1, 3];
  const hard = made({ pad: 0, flip: false }, 1, { classWeights });
  expect(hard.weights).toEqual(Float32Array.from(LABELS, (label) => classWeights[label]!));
  const { weights, targets } = made(composed({ mixup: 1 }), 1, { classWeights });
  weights!.forEach((weight, n) => {
    const expected = classWeights.reduce((sum, w, k) => sum + w * targets[n * CLASSES + k]!, 0);
    expect(weight).toBeCloseTo(expected, 4);
  });
});

test('colour operations do what their names say', () => {
  const values = tf.tidy(() => {
    const x = tf.tensor4d([0.2, 0.4, 0.8, 0.6, 0.4, 0.1], [1, 1, 2, 3]);
    const one = (value: number) => tf.tensor4d([value], [1, 1, 1, 1]);
    const read = (y: ReturnType<typeof withHue>): number[] => [...y.dataSync<'float32'>()];
    return {
      grey: read(withSaturation(x, one(0))),
      same: read(withHue(x, one(0))),
      turned: read(withHue(x, one(Math.PI))),
      posterized: read(posterized(x, 1)),
      solarized: read(solarized(x, 0.5)),
      stretched: read(stretched(x)),
    };
  });
  const luma = 0.2 * 0.299 + 0.4 * 0.587 + 0.8 * 0.114;
  values.grey.slice(0, 3).forEach((value) => expect(value).toBeCloseTo(luma, 5));
  [0.2, 0.4, 0.8].forEach((value, c) => expect(values.same[c]).toBeCloseTo(value, 2));
  // Half a turn makes blue yellowish: red above blue, the luma stays.
  expect(values.turned[0]).toBeGreaterThan(values.turned[2]!);
  expect(values.posterized.slice(0, 3).map((value) => Math.round(value * 255))).toEqual([
    0, 0, 128,
  ]);
  [0.2, 0.4, 0.2, 0.4, 0.4, 0.1].forEach((v, i) => expect(values.solarized[i]).toBeCloseTo(v, 5));
  // Per channel over the two pixels; the second is constant.
  [0, 0.4, 1, 1, 0.4, 0].forEach((v, i) => expect(values.stretched[i]).toBeCloseTo(v, 5));
});
