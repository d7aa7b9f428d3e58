import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { LabelledLogits } from './logits.ts';
import { precisionRecall } from './precision-recall.ts';
import { reliabilityOf } from './reliability.ts';
import { fitTemperature, TEMPERATURE_RANGE } from './temperature.ts';

interface Answer {
  readonly ece: number;
  readonly counts: readonly number[];
  readonly nll: number;
}
interface Case {
  readonly classes: number;
  readonly labels: readonly number[];
  readonly logits: readonly number[];
  readonly temperature: { readonly scipy: number; readonly torch: number };
  readonly before: Answer;
  readonly after: Answer;
  readonly averagePrecision: readonly number[];
}

// By scipy, torch and numpy; its maker lies beside it.
const file = new URL('fixtures/calibration.json', import.meta.url);
const cases = (JSON.parse(readFileSync(file, 'utf8')) as Case[]).map((one) => ({
  ...one,
  data: {
    classes: one.classes,
    labels: Int32Array.from(one.labels),
    logits: Float32Array.from(one.logits),
  } satisfies LabelledLogits,
}));

test.each(cases)('The temperature of $classes classes is scipy’s and torch’s.', (given) => {
  const { temperature, isOptimum } = fitTemperature(given.data);
  expect(isOptimum).toBe(true);
  // Both oracles stop where the loss no longer changes in float64: half as many digits of T.
  expect(temperature / given.temperature.scipy).toBeCloseTo(1, 6);
  expect(temperature / given.temperature.torch).toBeCloseTo(1, 6);
});

test.each(cases)(
  'Bins, calibration error and likelihood of $classes classes are numpy’s.',
  (given) => {
    for (const [answer, temperature] of [
      [given.before, 1],
      [given.after, given.temperature.scipy],
    ] as const) {
      const found = reliabilityOf(given.data, temperature);
      expect(found.bins.map(({ count }) => count)).toEqual(answer.counts);
      expect(found.expectedError).toBeCloseTo(answer.ece, 12);
      expect(found.nll).toBeCloseTo(answer.nll, 12);
    }
  },
);

test.each(cases)('Average precision of $classes classes is numpy’s.', (given) => {
  given.averagePrecision.forEach((answer, label) => {
    const found = precisionRecall(given.data, label);
    expect(found.averagePrecision).toBeCloseTo(answer, 12);
    expect(found.points.at(-1)?.recall).toBe(1);
    const { best } = found;
    const f1 = found.points.map(({ precision: p, recall: r }) => (2 * p * r) / (p + r || 1));
    expect(best?.f1).toBe(Math.max(...f1));
  });
});

test('Where every example is right there is no optimum, and that is said.', () => {
  const data = {
    classes: 2,
    labels: Int32Array.of(0, 1),
    logits: Float32Array.of(1, 0, 0, 1),
  };
  expect(fitTemperature(data)).toEqual({ temperature: TEMPERATURE_RANGE[0], isOptimum: false });
});

test('Rows that are not finite are in no figure; a class without images has no curve.', () => {
  const data = {
    classes: 3,
    labels: Int32Array.of(0, 1, 1),
    logits: Float32Array.of(2, 0, 0, Number.NaN, 1, 0, 0, 3, 0),
  };
  const { bins } = reliabilityOf(data);
  expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(2);
  expect(precisionRecall(data, 2)).toMatchObject({
    positives: 0,
    averagePrecision: null,
    best: null,
  });
});
