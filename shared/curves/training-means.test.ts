import { describe, expect, test } from 'vitest';
import { createRng } from '../rng.ts';
import { FINAL_STEPS, finalMean, TrainingMeans, type EpochMeans } from './training-means.ts';

function valuesOf(steps: number): { loss: number; accuracy: number }[] {
  const rng = createRng('training-means', steps);
  return Array.from({ length: steps }, () => ({
    loss: Math.fround(2 * rng.uniform()),
    accuracy: Math.fround(rng.uniform()),
  }));
}

function epochsOf(
  values: readonly { loss: number; accuracy: number }[],
  length: { batch: number; examples: number },
  from = 0,
): EpochMeans[] {
  const means = new TrainingMeans(length);
  return values.slice(from).flatMap((value, i) => means.add(from + i + 1, value) ?? []);
}

/** The plain way: every example has its step's value. */
function meanOfExamples(losses: readonly number[], batch: number, from: number, count: number) {
  let sum = 0;
  for (let example = from; example < from + count; example++) {
    sum += losses[Math.floor(example / batch)]!;
  }
  return sum / count;
}

test.each([
  ['batches divide the epoch', { batch: 8, examples: 40 }],
  ['batches span epochs', { batch: 8, examples: 22 }],
  ['one batch is one epoch', { batch: 5, examples: 5 }],
  ['a step is a single example', { batch: 1, examples: 7 }],
])('An epoch’s loss is the mean over its examples where %s.', (_, length) => {
  const values = valuesOf(60);
  const losses = values.map(({ loss }) => loss);
  const epochs = epochsOf(values, length);
  expect(epochs.map(({ epoch }) => epoch)).toEqual(
    Array.from({ length: Math.floor((60 * length.batch) / length.examples) }, (__, i) => i + 1),
  );
  for (const { epoch, loss, step } of epochs) {
    const from = (epoch - 1) * length.examples;
    expect(loss).toBeCloseTo(meanOfExamples(losses, length.batch, from, length.examples), 12);
    expect(step).toBe(Math.ceil((epoch * length.examples) / length.batch));
  }
});

test('Of several epochs in one batch the last is told.', () => {
  const epochs = epochsOf(valuesOf(3), { batch: 128, examples: 22 });
  expect(epochs.map(({ epoch, step }) => [epoch, step])).toEqual([
    [5, 1],
    [11, 2],
    [17, 3],
  ]);
});

test('Taken up at any step, whole epochs are the same to the last bit, and a part of one is none.', () => {
  const length = { batch: 7, examples: 45 };
  const values = valuesOf(50);
  const whole = epochsOf(values, length);
  for (let from = 0; from < 50; from++) {
    const first = Math.ceil((from * length.batch) / length.examples);
    expect(epochsOf(values, length, from)).toEqual(whole.filter(({ epoch }) => epoch > first));
  }
});

describe('The closing value', () => {
  test(`is the mean over the last ${FINAL_STEPS} steps, or over all`, () => {
    const means = new TrainingMeans({ batch: 4, examples: 10 });
    expect(means.final()).toBeUndefined();
    const values = valuesOf(3 * FINAL_STEPS);
    values.forEach((value, i) => {
      means.add(i + 1, value);
      const last = values.slice(Math.max(0, i + 1 - FINAL_STEPS), i + 1);
      const sum = last.reduce((total, { loss }) => total + loss, 0);
      expect(means.final()?.loss).toBe(sum / last.length);
    });
    expect(finalMean(values.map(({ loss }) => loss))).toBe(means.final()?.loss);
  });

  test('is no number where a value is none', () => {
    expect(finalMean([1, NaN, 2])).toBeNaN();
    expect(finalMean([])).toBeUndefined();
  });
});

test('The part of an epoch that has begun has a mean of its own; none at an epoch’s end.', () => {
  const means = new TrainingMeans({ batch: 4, examples: 10 });
  expect(means.begun()).toBeUndefined();
  for (const loss of [1, 2]) means.add(loss, { loss, accuracy: 0 });
  expect(means.begun()?.loss).toBe(1.5);
  means.add(3, { loss: 4, accuracy: 0 });
  expect(means.begun()?.loss).toBe(4);
  means.add(4, { loss: 5, accuracy: 0 });
  means.add(5, { loss: 6, accuracy: 0 });
  expect(means.begun()).toBeUndefined();
});
