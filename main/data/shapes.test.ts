import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openBuiltin } from './builtin.ts';
import { openDataset } from './open.ts';
import { createShapes, SHAPES_CHANNELS, SHAPES_CLASSES, SHAPES_SIDE } from './shapes.ts';
import { createWorkspace, type Workspace } from './testing/fixtures.ts';
import { imagesOf } from './testing/images-of.ts';

// A busy machine can take many times the second that this file needs.
vi.setConfig({ testTimeout: 30_000 });

const ROW = 32 * 32 * 3;
const CLASSES = 10;

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

function drawn(count: number, seed: number, split = 'train'): Uint8Array {
  const shapes = createShapes({ seed, decoys: true, colours: true });
  const rows = new Uint8Array(count * ROW);
  for (let i = 0; i < count; i++) shapes.draw(split, i, rows, i * ROW);
  return rows;
}

test('The bytes are the same on every machine and in every version.', () => {
  const digest = createHash('sha256').update(drawn(50, 7)).digest('hex');
  // If a change of the drawing is meant, raise SHAPES_VERSION with it.
  expect(digest).toBe('ca232575090733df4ca40efb3d6b5e0dd396e2869b6ec1bc68ada4f94ac593de');
});

test('An image depends on seed, split and number only.', () => {
  const many = drawn(30, 1);
  const one = new Uint8Array(ROW);
  createShapes({ seed: 1, decoys: true, colours: true }).draw('train', 21, one, 0);
  expect(Buffer.compare(one, many.subarray(21 * ROW, 22 * ROW))).toBe(0);
  expect(Buffer.compare(drawn(1, 1), drawn(1, 2))).not.toBe(0);
  expect(Buffer.compare(drawn(1, 1), drawn(1, 1, 'val'))).not.toBe(0);
});

test('The classes are named and balanced.', async () => {
  const dataset = await openDataset({
    source: 'builtin:shapes?train=50&val=20&test=10&seed=7',
    cacheFolder: space.cache,
  });
  expect(dataset.classes).toEqual(SHAPES_CLASSES);
  expect(dataset.classes.slice(0, 4)).toEqual([
    'striped circle',
    'spotted circle',
    'striped square',
    'spotted square',
  ]);
  const { train, val, test: testSplit } = dataset.splits;
  expect([train.count, val?.count, testSplit?.count]).toEqual([50, 20, 10]);
  for (let label = 0; label < CLASSES; label++) {
    expect(train.labels.filter((other) => other === label)).toHaveLength(5);
  }
  expect(Buffer.compare(await imagesOf(train), drawn(50, 7))).toBe(0);
  expect(train.sourceOf(3)).toBe('train 3');
  expect(dataset.splitOrigin).toEqual({ kind: 'source' });
});

test('Another size than its own is refused, its own is not.', async () => {
  const source = 'builtin:shapes?train=20&val=0';
  await openDataset({ source, cacheFolder: space.cache, imageSize: 32 });
  await expect(
    openDataset({ source, cacheFolder: space.cache, imageSize: 64 }),
  ).rejects.toMatchObject({
    code: 'fixed-shape',
    message: `${source} (builtin) has images of 32×32 with 3 channels; only image files can be brought to another size or number of channels.`,
  });
});

test.each<[string, string, string]>([
  [
    'builtin:cats',
    'unknown-builtin',
    'There is no built-in dataset "cats"; there is builtin:shapes.',
  ],
  [
    'builtin:constructor',
    'unknown-builtin',
    'There is no built-in dataset "constructor"; there is builtin:shapes.',
  ],
  [
    'builtin:shapes?size=3',
    'unknown-parameter',
    'builtin:shapes has no parameter "size"; it has train, val, test, seed, decoys, colours.',
  ],
  [
    'builtin:shapes?train=many',
    'bad-parameter',
    'train of builtin:shapes is "many"; it must be a whole number from 0 to 999999999.',
  ],
  [
    'builtin:shapes?train=5',
    'bad-parameter',
    'train of builtin:shapes is 5; it must be at least 10, one image per class.',
  ],
])('%s is refused with a sentence.', async (source, code, message) => {
  await expect(openDataset({ source, cacheFolder: space.cache })).rejects.toMatchObject({
    code,
    message,
  });
});

const TRAIN = 600;
const TEST = 200;

function accuracy(rows: Float32Array, score: (row: Float32Array) => number[]): number {
  let right = 0;
  for (let i = 0; i * ROW < rows.length; i++) {
    const scores = score(rows.subarray(i * ROW, (i + 1) * ROW));
    if (scores.indexOf(Math.max(...scores)) === i % CLASSES) right++;
  }
  return right / (rows.length / ROW);
}

function centred(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => byte / 255 - 0.5);
}

test('Neither class centres nor a linear classifier on the pixels tell the classes apart.', () => {
  const train = centred(drawn(TRAIN, 0));
  const held = centred(drawn(TEST, 0, 'val'));
  const dot = (row: Float32Array, weights: Float32Array): number => {
    let sum = 0;
    for (let p = 0; p < ROW; p++) sum += row[p]! * weights[p]!;
    return sum;
  };

  const centres = Array.from({ length: CLASSES }, () => new Float32Array(ROW));
  for (let i = 0; i < TRAIN; i++) {
    const centre = centres[i % CLASSES]!;
    for (let p = 0; p < ROW; p++) centre[p]! += train[i * ROW + p]! / (TRAIN / CLASSES);
  }
  const norms = centres.map((centre) => dot(centre, centre) / 2);
  expect(
    accuracy(held, (row) => centres.map((centre, k) => dot(row, centre) - norms[k]!)),
  ).toBeLessThan(0.2);

  // Softmax regression by stochastic gradient descent, one image at a time.
  const weights = Array.from({ length: CLASSES }, () => new Float32Array(ROW));
  const linear = (row: Float32Array): number[] => weights.map((weight) => dot(row, weight));
  for (let epoch = 0; epoch < 3; epoch++) {
    for (let i = 0; i < TRAIN; i++) {
      const row = train.subarray(i * ROW, (i + 1) * ROW);
      const scores = linear(row);
      const largest = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - largest));
      const total = powers.reduce((sum, power) => sum + power, 0);
      weights.forEach((weight, k) => {
        const slope = 0.003 * (powers[k]! / total - (i % CLASSES === k ? 1 : 0));
        for (let p = 0; p < ROW; p++) weight[p]! -= slope * row[p]!;
      });
    }
  }
  // It does learn its own training images by heart, so the descent works.
  expect(accuracy(train, linear)).toBeGreaterThan(0.2);
  expect(accuracy(held, linear)).toBeLessThan(0.2);
});

test('Mean colours say nothing about the class.', () => {
  const count = 2000;
  const rows = drawn(count, 0);
  const means = Array.from({ length: CLASSES }, () => [0, 0, 0]);
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < ROW; p++) {
      means[i % CLASSES]![p % 3]! += rows[i * ROW + p]! / (1024 * (count / CLASSES));
    }
  }
  const spread = [0, 1, 2].map((c) => {
    const values = means.map((mean) => mean[c]!);
    return Math.max(...values) - Math.min(...values);
  });
  expect(Math.max(...spread)).toBeLessThan(20);
});

test('Without decoys the same figures are drawn alone.', () => {
  const draw = (decoys: boolean): Uint8Array => {
    const image = new Uint8Array(SHAPES_SIDE * SHAPES_SIDE * SHAPES_CHANNELS);
    createShapes({ seed: 1, decoys, colours: true }).draw('train', 21, image, 0);
    return image;
  };
  const alone = draw(false);
  const together = draw(true);
  expect(alone).not.toEqual(together);
  // Background and large figure come first from the same random numbers.
  const equal = alone.filter((byte, i) => Math.abs(byte - (together[i] ?? 0)) < 30).length;
  expect(equal / alone.length).toBeGreaterThan(0.4);
});

test('Without colours everything is grey.', () => {
  const image = new Uint8Array(ROW);
  let largest = 0;
  for (let index = 0; index < 20; index++) {
    createShapes({ seed: 1, decoys: false, colours: false }).draw('train', index, image, 0);
    const means = [0, 1, 2].map((c) => mean(image.filter((_, i) => i % 3 === c)));
    largest = Math.max(largest, Math.max(...means) - Math.min(...means));
  }
  // Noise alone parts the channels.
  expect(largest).toBeLessThan(3);
});

test('Packs made before colours could be left out stay valid.', () => {
  expect(openBuiltin('builtin:shapes?decoys=0').key).not.toHaveProperty('colours');
  expect(openBuiltin('builtin:shapes?colours=0').key).toMatchObject({ colours: 0 });
});

function mean(values: Uint8Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
