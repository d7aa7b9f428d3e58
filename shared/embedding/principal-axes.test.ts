import { expect, test } from 'vitest';
import { createRng } from '../rng.ts';
import { principalAxes } from './principal-axes.ts';

/** Points whose parts along orthogonal directions have the given deviations, far from the origin. */
function cloud(count: number, deviations: readonly number[]) {
  const rng = createRng(7, 'cloud');
  const width = deviations.length;
  // A Householder reflection: its rows are orthonormal.
  const mirror = Array.from({ length: width }, () => rng.normal());
  const square = mirror.reduce((sum, value) => sum + value * value, 0);
  const parts = Array.from({ length: count }, () => deviations.map((d) => d * rng.normal()));
  const values = Float32Array.from(
    parts.flatMap((part) => {
      const dot = part.reduce((sum, value, i) => sum + value * (mirror[i] ?? 0), 0);
      return part.map((value, i) => 5 + value - (2 * dot * (mirror[i] ?? 0)) / square);
    }),
  );
  return { points: { values, count, width }, parts };
}

test('the directions of largest variance are found, with their shares of it', () => {
  const deviations = [9, 5, 1, 0.5, 0.5, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1];
  const { points, parts } = cloud(4000, deviations);
  const { scores, components, shares } = principalAxes(points, 2);
  expect(components).toBe(2);
  const total = deviations.reduce((sum, d) => sum + d * d, 0);
  expect(shares[0]).toBeCloseTo(81 / total, 1);
  expect(shares[1]).toBeCloseTo(25 / total, 1);
  for (const axis of [0, 1]) {
    const mean = parts.reduce((sum, part) => sum + (part[axis] ?? 0), 0) / parts.length;
    const expected = parts.map((part) => (part[axis] ?? 0) - mean);
    const dot = expected.reduce((sum, value, i) => sum + value * (scores[i * 2 + axis] ?? 0), 0);
    const norm = Math.hypot(...expected) * Math.hypot(...scores.filter((_, i) => i % 2 === axis));
    expect(Math.abs(dot) / norm).toBeGreaterThan(0.995);
  }
});

test('all axes together keep every distance, and their shares sum to one', () => {
  const { points } = cloud(40, [3, 2, 1]);
  const { scores, components, shares } = principalAxes(points, 10);
  expect(components).toBe(3);
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
  const distance = (values: Float32Array, i: number, j: number) =>
    Math.hypot(...[0, 1, 2].map((d) => (values[i * 3 + d] ?? 0) - (values[j * 3 + d] ?? 0)));
  for (let i = 1; i < 40; i++) {
    expect(distance(scores, 0, i)).toBeCloseTo(distance(points.values, 0, i), 4);
  }
});

test('the same points give the same numbers, and points that are all one have no axes', () => {
  const { points } = cloud(50, [2, 1, 1, 1]);
  expect(principalAxes(points, 2)).toEqual(principalAxes(points, 2));
  const one = { values: new Float32Array(30).fill(4), count: 10, width: 3 };
  expect(principalAxes(one, 2).shares).toEqual([0, 0]);
  expect([...principalAxes(one, 2).scores].every((value) => value === 0)).toBe(true);
});
