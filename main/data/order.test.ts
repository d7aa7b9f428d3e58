import { expect, test } from 'vitest';
import { fillingExamples } from '../../shared/spec/schedule.ts';
import { createOrder, permutationOf } from './order.ts';

function positions(order: ReturnType<typeof createOrder>, steps: number): number[] {
  return Array.from({ length: steps }, (_, step) => [...order.indicesOf(step)]).flat();
}

test('Every epoch shows every row once, and batches run on over its end.', () => {
  const shown = positions(createOrder({ count: 10, batch: 4, seed: 1, shuffle: true }), 5);
  expect([...shown.slice(0, 10)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect([...shown.slice(10)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(shown.slice(0, 10)).not.toEqual(shown.slice(10));
});

test('A step’s rows do not depend on which steps were asked for before.', () => {
  const options = { count: 103, batch: 16, seed: 7, shuffle: true };
  const straight = createOrder(options);
  const all = Array.from({ length: 40 }, (_, step) => [...straight.indicesOf(step)]);
  const jumping = createOrder(options);
  for (const step of [39, 0, 20, 6, 7, 5, 39, 21]) {
    expect([...jumping.indicesOf(step)]).toEqual(all[step]);
  }
});

test('Position p shows permutation(seed, ⌊p / count⌋)[p mod count].', () => {
  const order = createOrder({ count: 7, batch: 3, seed: 5, shuffle: true });
  const chained = [0, 1, 2].flatMap((epoch) => [...permutationOf(7, 5, epoch)]);
  expect(positions(order, 7)).toEqual(chained);
  expect([0, 2, 3, 5].map((step) => order.epochOf(step))).toEqual([0, 0, 1, 2]);
});

test('Without shuffling the rows come in their own order, epoch after epoch.', () => {
  const order = createOrder({ count: 5, batch: 3, seed: 1, shuffle: false });
  expect(positions(order, 4)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]);
});

test('A batch larger than the dataset spans several epochs.', () => {
  const order = createOrder({ count: 3, batch: 8, seed: 2, shuffle: true });
  const rows = [...order.indicesOf(0)];
  expect(rows).toHaveLength(8);
  expect([...rows.slice(0, 3)].sort((a, b) => a - b)).toEqual([0, 1, 2]);
  expect([...rows.slice(3, 6)].sort((a, b) => a - b)).toEqual([0, 1, 2]);
});

test('Seeds give different orders, the same seed the same one, on every machine.', () => {
  const of = (seed: number): number[] => [...permutationOf(8, seed, 0)];
  expect(of(1)).toEqual(of(1));
  expect(of(1)).not.toEqual(of(2));
  expect(of(0)).toEqual(FROZEN_PERMUTATION);
});

/** Runs that were interrupted by an older version must go on in the same order. */
const FROZEN_PERMUTATION = [3, 4, 1, 6, 2, 0, 7, 5];

test('The number of steps covers the asked epochs.', () => {
  const order = createOrder({ count: 10, batch: 4, seed: 0, shuffle: true });
  expect([order.stepsFor(1), order.stepsFor(2), order.stepsFor(3)]).toEqual([3, 5, 8]);
});

test('An order over nothing is a defect.', () => {
  expect(() => createOrder({ count: 0, batch: 4, seed: 0, shuffle: true })).toThrow(
    'positive count',
  );
  expect(() => createOrder({ count: 4, batch: 1.5, seed: 0, shuffle: true })).toThrow(
    'positive batch',
  );
});

test('A run of whole epochs shows every image once an epoch; what fills up its last batch, it says.', () => {
  for (const [count, batch, epochs] of [
    [43, 8, 3],
    [40, 8, 2],
    [5, 8, 1],
    [10, 10, 4],
  ] as const) {
    const order = createOrder({ count, batch, seed: 7, shuffle: true });
    const steps = order.stepsFor(epochs);
    const shown = Array.from({ length: steps }, (_, step) => [...order.indicesOf(step)]).flat();
    const times = new Int32Array(count);
    for (const index of shown.slice(0, epochs * count)) times[index] = (times[index] ?? 0) + 1;
    expect([...times]).toEqual(Array.from({ length: count }, () => epochs));
    // They are the first of the epoch that would come next, and no others.
    const filling = shown.slice(epochs * count);
    const length = { kind: 'epochs', epochs } as const;
    expect(filling).toHaveLength(fillingExamples(length, { batch, examples: count }));
    expect(filling.length).toBeLessThan(batch);
    expect(filling).toEqual([...permutationOf(count, 7, epochs)].slice(0, filling.length));
  }
});
