import { expect, test } from 'vitest';
import { bandOf, interpolate } from './band.ts';

const trace = (x: number[], y: number[]) => ({
  x: new Float64Array(x),
  y: new Float32Array(y),
});

test('seeds measured at the same steps give mean and sample deviation at those steps', () => {
  const band = bandOf([trace([0, 1], [1, 5]), trace([0, 1], [3, 5])]);
  expect(Array.from(band.x)).toEqual([0, 1]);
  expect(Array.from(band.mean)).toEqual([2, 5]);
  expect(band.high[0]! - band.mean[0]!).toBeCloseTo(Math.SQRT2, 5);
  expect(band.high[1]).toBe(5);
  expect(Array.from(band.n)).toEqual([2, 2]);
});

test('where only one seed has come, n says so and there is no spread', () => {
  const band = bandOf([trace([0, 1, 2], [1, 1, 4]), trace([0, 1], [3, 3])]);
  expect(Array.from(band.n)).toEqual([2, 2, 1]);
  expect([band.low[2], band.mean[2], band.high[2]]).toEqual([4, 4, 4]);
});

test('a value between points is on their line, and nothing is said outside', () => {
  const line = trace([0, 10], [0, 1]);
  expect([-1, 0, 2.5, 10, 11].map((x) => interpolate(line, x))).toEqual([NaN, 0, 0.25, 1, NaN]);
});
