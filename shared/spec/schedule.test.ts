import { expect, test } from 'vitest';
import { ScheduleSpec } from './recipe.ts';
import {
  averageDecay,
  epochsAfter,
  fillingExamples,
  learningRate,
  totalSteps,
  warmupNote,
  warmupSteps,
} from './schedule.ts';

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

test.each([
  ['linear', { kind: 'linear', steps: 50 }],
  ['constant', { kind: 'constant', steps: 50, rate: 0.01 }],
] as const)('a %s warm-up that would last the whole run is scaled and said', (_, warmup) => {
  const schedule = ScheduleSpec.parse({ kind: 'constant', rate: 1, warmup });
  for (const steps of [1, 2, 43, 50]) {
    expect(warmupSteps(schedule, steps)).toBe(Math.floor(steps / 2));
    expect(rates(schedule, steps).at(-1)).toBe(1);
    expect(warmupNote(schedule, steps)).toContain(`${Math.floor(steps / 2)} step`);
  }
  expect(warmupSteps(schedule, 51)).toBe(50);
  expect(warmupNote(schedule, 51)).toBeUndefined();
});

test('a run of whole epochs ends at their number, whatever the batch', () => {
  for (const epochs of [1, 3, 0.5]) {
    for (const [examples, batch] of [
      [40, 8],
      [22, 8],
      [450, 32],
      [22, 128],
    ] as const) {
      const length = { kind: 'epochs', epochs } as const;
      const steps = totalSteps(length, { examples, batch });
      expect(epochsAfter(steps, length, { examples, batch })).toBe(epochs);
      expect(epochsAfter(steps - 1, length, { examples, batch })).toBeLessThan(epochs);
      const filling = fillingExamples(length, { examples, batch });
      expect(steps * batch - filling).toBe(Math.ceil(epochs * examples));
      expect(filling).toBeLessThan(batch);
    }
  }
  const steps = { kind: 'steps', steps: 9 } as const;
  expect(epochsAfter(9, steps, { examples: 22, batch: 8 })).toBe(72 / 22);
  expect(fillingExamples(steps, { examples: 22, batch: 8 })).toBe(0);
});
