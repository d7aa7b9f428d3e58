import { expect, test } from 'vitest';
import { balancedEpoch, balancedWeights } from './class-balance.ts';
import { createOrder } from './order.ts';

const labels = Int32Array.from({ length: 100 }, (_, row) => (row < 90 ? 0 : row < 97 ? 1 : 3));

test('Weights are inverse to frequency, 1 on average, and 0 for a class that does not occur.', () => {
  const weights = balancedWeights(labels, 4);
  expect(weights.map((weight) => Number(weight.toFixed(4)))).toEqual([0.3704, 4.7619, 0, 11.1111]);
  const mean = labels.reduce((sum, label) => sum + weights[label]!, 0) / labels.length;
  expect(mean).toBeCloseTo(1, 10);
});

test('A balanced epoch shows every class equally often, and every row of a small class.', () => {
  const rows = balancedEpoch(labels, 4, { seed: 3, epoch: 0 });
  expect(rows).toHaveLength(100);
  const counts = [0, 0, 0, 0];
  for (const row of rows) counts[labels[row]!]!++;
  expect(counts[2]).toBe(0);
  expect([counts[0]!, counts[1]!, counts[3]!].sort((a, b) => a - b)).toEqual([33, 33, 34]);
  expect(new Set([...rows].filter((row) => labels[row] !== 0)).size).toBe(10);
  // No row of the large class twice, before all others were seen.
  const large = [...rows].filter((row) => labels[row] === 0);
  expect(new Set(large).size).toBe(large.length);
});

test('A balanced order is a function of seed and step, whatever was asked for before.', () => {
  const options = {
    count: 100,
    batch: 32,
    seed: 5,
    shuffle: true,
    balance: { labels, classCount: 4 },
  };
  const straight = createOrder(options);
  const steps = Array.from({ length: 9 }, (_, step) => straight.indicesOf(step));
  const resumed = createOrder(options);
  for (const step of [7, 8, 2]) expect(resumed.indicesOf(step)).toEqual(steps[step]);
  const other = createOrder({ ...options, seed: 6 });
  expect(other.indicesOf(0)).not.toEqual(steps[0]);
});
