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
});

test('a mean ends where the first seed ends, and has a gap where one is not a number', () => {
  const band = bandOf([trace([0, 1, 2, 3], [1, 1, 4, 9]), trace([0, 1, 2], [3, NaN, 2])]);
  expect(Array.from(band.x)).toEqual([0, 1, 2]);
  expect(Array.from(band.mean)).toEqual([2, NaN, 3]);
  expect(Array.from(band.low)[1]).toBeNaN();
});

test('seeds at different places are averaged where all of them are, between their points', () => {
  const band = bandOf([trace([0, 10, 11, 20], [0, 10, 11, 20]), trace([5, 15], [1, 1])]);
  expect(Array.from(band.x)).toEqual([5, 10, 11, 15]);
  expect(Array.from(band.mean)).toEqual([3, 5.5, 6, 8]);
  expect(bandOf([trace([0, 1], [1, 1]), trace([2, 3], [1, 1])]).x).toHaveLength(0);
  expect(bandOf([]).x).toHaveLength(0);
});

test('the ends of a spread stay within its bounds, and half of it is not cut', () => {
  const bounds = { low: 0, high: 1 };
  const band = bandOf([trace([0], [1]), trace([0], [0.9])], { bounds });
  expect(band.high[0]).toBe(1);
  expect(band.half[0]).toBeCloseTo(0.05 * Math.SQRT2, 6);
});

test('a value between points is on their line, and nothing is said outside', () => {
  const line = trace([0, 10], [0, 1]);
  expect([-1, 0, 2.5, 10, 11].map((x) => interpolate(line, x))).toEqual([NaN, 0, 0.25, 1, NaN]);
});
