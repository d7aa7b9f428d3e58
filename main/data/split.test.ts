import { expect, test } from 'vitest';
import { drawSplit } from './split.ts';

function labelsOf(sizes: readonly number[]): Int32Array {
  return Int32Array.from(sizes.flatMap((size, label) => Array<number>(size).fill(label)));
}

function perClass(rows: Int32Array, labels: Int32Array, classes: number): number[] {
  const counts = Array<number>(classes).fill(0);
  for (const row of rows) counts[labels[row]!]!++;
  return counts;
}

test.each([
  [[100, 50, 10], 0.1, [10, 5, 1]],
  [[5, 5, 5, 5], 0.1, [1, 1, 0, 0]],
  [[3, 3, 3], 0.5, [2, 2, 1]],
  [[1, 1, 98], 0.1, [0, 0, 10]],
  [[1, 2], 0.9, [0, 1]],
  [[0, 10], 0.2, [0, 2]],
  [[10, 10], 0, [0, 0]],
])('Classes of %j at %d give %j rows to val.', (sizes, fraction, expected) => {
  const labels = labelsOf(sizes);
  const { train, val } = drawSplit(labels, sizes.length, { fraction, seed: 1 });
  expect(perClass(val, labels, sizes.length)).toEqual(expected);
  expect([...train, ...val].sort((a, b) => a - b)).toEqual([...labels.keys()]);
  expect([...train]).toEqual([...train].sort((a, b) => a - b));
});

test('A class with images always keeps one in train, however large the fraction.', () => {
  const labels = labelsOf([1, 2, 3]);
  const { train } = drawSplit(labels, 3, { fraction: 0.99, seed: 0 });
  expect(perClass(train, labels, 3)).toEqual([1, 1, 1]);
});

test('The same seed draws the same rows, another seed others.', () => {
  const labels = labelsOf([200, 200]);
  const draw = (seed: number): number[] => [...drawSplit(labels, 2, { fraction: 0.1, seed }).val];
  expect(draw(3)).toEqual(draw(3));
  expect(draw(3)).not.toEqual(draw(4));
});

test('Another class leaves the choice within a class alone.', () => {
  const two = drawSplit(labelsOf([50, 50]), 2, { fraction: 0.2, seed: 9 });
  const three = drawSplit(labelsOf([50, 50, 50]), 3, { fraction: 0.2, seed: 9 });
  expect([...three.val].filter((row) => row < 100)).toEqual([...two.val]);
});

test.each([1, -0.1, Number.NaN])('The fraction %d is refused.', (fraction) => {
  expect(() => drawSplit(labelsOf([2, 2]), 2, { fraction, seed: 0 })).toThrow(
    `The validation fraction is ${fraction}; it must be at least 0 and below 1.`,
  );
});
