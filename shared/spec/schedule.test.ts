import { expect, test } from 'vitest';
import { ScheduleSpec } from './recipe.ts';
import { averageDecay, learningRate } from './schedule.ts';

const rates = (schedule: ScheduleSpec, steps: number): number[] =>
  Array.from({ length: steps }, (_, step) => learningRate(schedule, step, steps));

test('one cycle starts low, is at its highest after the rise, and ends at its final rate', () => {
  const schedule = ScheduleSpec.parse({ kind: 'one-cycle', rate: 1, rise: 0.25, final: 0.01 });
  const all = rates(schedule, 20);
  expect(all[0]).toBeCloseTo(0.04, 12);
  expect(all[4]).toBe(1);
  expect(all[19]).toBeCloseTo(0.01, 12);
  expect(Math.max(...all)).toBe(1);
  for (let i = 1; i < 20; i++) expect(Math.sign(all[i]! - all[i - 1]!)).toBe(i <= 4 ? 1 : -1);
});

test.each([1, 2, 3])('one cycle of %i steps has rates, if few', (steps) => {
  const schedule = ScheduleSpec.parse({ kind: 'one-cycle', rate: 0.5 });
  for (const rate of rates(schedule, steps)) {
    expect(rate).toBeGreaterThanOrEqual(0);
    expect(rate).toBeLessThanOrEqual(0.5);
  }
});

test('a polynomial of power 1 is a straight line to its final share', () => {
  const schedule = ScheduleSpec.parse({ kind: 'polynomial', rate: 2, final: 0.5 });
  const all = rates(schedule, 4);
  expect(all).toEqual([2, 1.75, 1.5, 1.25]);
});

test('warm-up goes before a polynomial as before the others', () => {
  const schedule = ScheduleSpec.parse({
    kind: 'polynomial',
    rate: 1,
    warmup: { kind: 'linear', steps: 2 },
  });
  expect(rates(schedule, 4)).toEqual([0.5, 0.75, 0.5, 0.25]);
});

test('an average forgets its beginning quickly, then keeps its decay', () => {
  const averaging = { kind: 'ema', decay: 0.99, rampUp: true } as const;
  expect(averageDecay(averaging, 0)).toBe(0.1);
  expect(averageDecay(averaging, 90)).toBe(0.91);
  expect(averageDecay(averaging, 10_000)).toBe(0.99);
  expect(averageDecay({ ...averaging, rampUp: false }, 0)).toBe(0.99);
});
