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

test('Equal images stay on one side, whatever their labels, and no class is emptied.', () => {
  const labels = labelsOf([40, 40, 2]);
  // Every image of the first two classes twice; the third class is one image and its copy.
  const equal = labels.map((_, row) => row - (row % 2));
  for (let seed = 0; seed < 20; seed++) {
    const { train, val } = drawSplit(labels, 3, { fraction: 0.1, seed, equal });
    const inVal = new Set(val);
    for (const row of labels.keys()) expect(inVal.has(row)).toBe(inVal.has(equal[row]!));
    expect(perClass(val, labels, 3)).toEqual([4, 4, 0]);
    expect(train).toHaveLength(74);
  }
  const alone = Int32Array.of(0, 0, 0, 1, 1, 1);
  const same = Int32Array.of(0, 0, 0, 3, 3, 5);
  const small = drawSplit(alone, 2, { fraction: 0.2, seed: 0, equal: same });
  expect(perClass(small.train, alone, 2).every((count) => count > 0)).toBe(true);
});

test('The seed decides which of equally small classes give a validation image.', () => {
  const labels = labelsOf(Array<number>(100).fill(4));
  const equal = Int32Array.from(labels.keys());
  const given = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const { val } = drawSplit(labels, 100, { fraction: 0.1, seed, equal });
    expect(val).toHaveLength(40);
    for (const row of val) given.add(labels[row]!);
  }
  // By chance a class is left out by all twenty with a probability of 0.6 ^ 20.
  expect(given.size).toBe(100);
});

test('Without equal images only ties differ from the rules of before.', () => {
  const labels = labelsOf([100, 50, 30]);
  const equal = Int32Array.from(labels.keys());
  expect(drawSplit(labels, 3, { fraction: 0.1, seed: 4, equal })).toEqual(
    drawSplit(labels, 3, { fraction: 0.1, seed: 4 }),
  );
});

test('The rules of before draw what they always drew.', () => {
  const { val } = drawSplit(labelsOf([6, 6]), 2, { fraction: 0.34, seed: 5 });
  expect([...val]).toEqual([0, 1, 8, 9]);
});
