import { expect, test } from 'vitest';
import { createRng } from '../rng.ts';
import { smooth } from './smooth.ts';

test('without smoothing the very same values come back', () => {
  const values = new Float32Array([1, 2, 3]);
  expect(smooth(values, { kind: 'none' })).toBe(values);
  expect(smooth(values, { kind: 'ema', weight: 0 })).toBe(values);
});

test('the moving average starts at the first value instead of zero', () => {
  const [first, second] = smooth(new Float32Array([10, 20]), { kind: 'ema', weight: 0.5 });
  expect(first).toBe(10);
  expect(second).toBeCloseTo((0.5 * 10 + 20) / 1.5, 5);
});

test.each([
  { kind: 'ema', weight: 0.9 },
  { kind: 'gaussian', width: 0.05 },
] as const)(
  'a constant stays what it is under $kind, and a NaN stays at its place',
  (smoothing) => {
    const values = new Float32Array(100).fill(3);
    values[40] = NaN;
    const result = smooth(values, smoothing);
    expect(result[40]).toBeNaN();
    result.forEach((value, i) => {
      if (i !== 40) expect(value).toBeCloseTo(3, 5);
    });
  },
);

test('the Gaussian keeps a line a line away from its ends and calms noise', () => {
  const line = Float32Array.from({ length: 400 }, (_, i) => i / 400);
  const smoothed = smooth(line, { kind: 'gaussian', width: 0.02 });
  expect(smoothed[200]).toBeCloseTo(line[200]!, 4);
  const rng = createRng(1, 'noise');
  const noise = Float32Array.from({ length: 400 }, () => rng.normal());
  const energy = (values: Float32Array): number => values.reduce((sum, v) => sum + v * v, 0);
  expect(energy(smooth(noise, { kind: 'gaussian', width: 0.02 }))).toBeLessThan(energy(noise) / 10);
});
