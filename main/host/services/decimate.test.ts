import { expect, test } from 'vitest';
import { createRng } from '../../../shared/rng.ts';
import type { Series } from '../../store/series.ts';
import { decimate } from './decimate.ts';

function seriesOf(values: Float32Array, width = 1): Series {
  const count = values.length / width;
  return {
    name: 'train/loss',
    width,
    labels: [],
    unit: '',
    steps: Int32Array.from({ length: count }, (_, i) => i * 3),
    elapsedMs: Float64Array.from({ length: count }, (_, i) => i * 7),
    values,
  };
}

function noise(count: number): Float32Array {
  const rng = createRng('decimate-test', count);
  return Float32Array.from({ length: count }, () => rng.normal());
}

test('A short series is returned as it is.', () => {
  const series = seriesOf(noise(50));
  expect(decimate(series, 50)).toBe(series);
});

test.each([11, 1999, 100_003])('The ends and all extremes of %i points are kept.', (count) => {
  const values = noise(count);
  values[Math.floor(count / 3)] = 99;
  values[Math.floor(count / 2)] = -99;
  const thin = decimate(seriesOf(values), 10);
  expect(thin.steps.length).toBeLessThanOrEqual(10);
  expect(thin.steps[0]).toBe(0);
  expect(thin.steps.at(-1)).toBe((count - 1) * 3);
  expect(Math.max(...thin.values)).toBe(99);
  expect(Math.min(...thin.values)).toBe(-99);
  expect([...thin.steps]).toEqual([...new Set(thin.steps)].sort((a, b) => a - b));
  thin.steps.forEach((step, i) => {
    expect(thin.values[i]).toBe(values[step / 3]);
    expect(thin.elapsedMs[i]).toBe((step / 3) * 7);
  });
});

test('What is not a number stays visible, and infinities are extremes.', () => {
  const values = noise(1000);
  values[400] = Number.NaN;
  values[700] = Infinity;
  const thin = decimate(seriesOf(values), 30);
  expect(thin.steps.length).toBeLessThanOrEqual(30);
  expect([...thin.steps]).toEqual(expect.arrayContaining([1200, 2100]));
});

test('A series of nothing but NaN is thinned like any other.', () => {
  const thin = decimate(seriesOf(new Float32Array(500).fill(Number.NaN)), 20);
  expect(thin.steps.length).toBeGreaterThan(2);
  expect(thin.steps.length).toBeLessThanOrEqual(20);
});

test('A vector series keeps whole points, those of the largest norm.', () => {
  const values = new Float32Array(3 * 100).fill(1);
  values.set([5, 6, 7], 3 * 42);
  values.set([0, Number.NaN, 0], 3 * 77);
  const thin = decimate(seriesOf(values, 3), 12);
  expect(thin.steps.length).toBeLessThanOrEqual(12);
  expect(thin.values.length).toBe(thin.steps.length * 3);
  const at = (step: number): number[] => {
    const index = thin.steps.indexOf(step);
    return [...thin.values.subarray(index * 3, index * 3 + 3)];
  };
  expect(at(42 * 3)).toEqual([5, 6, 7]);
  expect(at(77 * 3)).toEqual([0, Number.NaN, 0]);
});
