import { expect, test } from 'vitest';
import { createRng } from '../../shared/rng.ts';
import { collectVertices, createVertices } from './columns.ts';
import { indexAt } from '../../shared/index-at.ts';
import { makeTrace, nearestIndex, rangeExtent, visibleExtent } from '../../shared/figures/trace.ts';

function ramp(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => i);
}

test('the extremes of any range equal those found by looking at every point', () => {
  const rng = createRng(1, 'extremes');
  const y = Float32Array.from({ length: 1000 }, () => rng.normal());
  const trace = makeTrace(ramp(1000), y);
  for (let i = 0; i < 200; i++) {
    const from = rng.below(990);
    const to = from + 1 + rng.below(1000 - from);
    const part = y.subarray(from, to);
    expect(rangeExtent(trace, from, to)).toEqual({
      low: Math.min(...part),
      high: Math.max(...part),
    });
  }
});

test('values that are not finite are no extremes, and a range without any other says so', () => {
  const trace = makeTrace(ramp(4), new Float32Array([NaN, Infinity, -Infinity, 2]));
  expect(rangeExtent(trace, 0, 4)).toEqual({ low: 2, high: 2 });
  const { low, high } = rangeExtent(trace, 0, 3);
  expect(low).toBeGreaterThan(high);
});

test('a visible range includes the points at its very ends', () => {
  const trace = makeTrace(
    ramp(10),
    Float32Array.from({ length: 10 }, (_, i) => i),
  );
  expect(visibleExtent(trace, { low: 2, high: 5 })).toEqual({ low: 2, high: 5 });
});

test('places are found before, between and beyond the points', () => {
  const x = new Float64Array([0, 10, 20]);
  expect([-1, 0, 1, 20, 21].map((value) => indexAt(x, value))).toEqual([0, 0, 1, 2, 3]);
  expect([-5, 4, 6, 99].map((value) => nearestIndex(x, value))).toEqual([0, 0, 1, 2]);
  expect(nearestIndex(new Float64Array(), 1)).toBe(-1);
});

test('a spike of one point among a hundred thousand is drawn', () => {
  const y = new Float32Array(100_000);
  y[43_210] = 7;
  const out = createVertices(16);
  const toPixel = (x: number): number => (x / 100_000) * 500;
  collectVertices(makeTrace(ramp(100_000), y), { min: 0, max: 99_999, toPixel }, out);
  const drawn = Array.from(out.y.subarray(0, out.count));
  expect(out.count).toBeLessThanOrEqual(1002);
  expect(Math.max(...drawn)).toBe(7);
});

test('few points are drawn as they are, one beyond either edge, with gaps as NaN', () => {
  const y = new Float32Array([1, 2, NaN, 4, Infinity, 6]);
  const out = createVertices();
  collectVertices(makeTrace(ramp(6), y), { min: 1.5, max: 3.5, toPixel: (x) => x * 10 }, out);
  expect(Array.from(out.x.subarray(0, out.count))).toEqual([10, 20, 30, 40]);
  expect(Array.from(out.y.subarray(0, out.count))).toEqual([2, NaN, 4, NaN]);
});
