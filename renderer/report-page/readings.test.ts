import { expect, test } from 'vitest';
import { readingsAt } from './readings.ts';

const curve = (label: string, y: readonly number[], end = 3) => ({
  ...{ label, series: 0, isDashed: false },
  line: { x: Float64Array.from([0, 1, 2, 3].slice(0, end + 1)), y: Float32Array.from(y) },
});

test('the largest value stands first, and what is not a number last', () => {
  const curves = [
    curve('low', [1, 1, 1, 1]),
    curve('none', [1, 1, Number.NaN, 1]),
    curve('high', [5, 5, 5, 5]),
  ];
  expect(readingsAt(curves, 2.1, 0.1).map(({ label, text }) => `${label} ${text}`)).toEqual([
    'high 5',
    'low 1',
    'none not a number',
  ]);
});

test('a mean is read with half its band, and a curve that has ended is not read', () => {
  const band = {
    low: Float32Array.from([0, 0, 0, 0]),
    high: Float32Array.from([1, 1, 1, 1]),
    half: Float32Array.from([0.5, 0.5, 0.5, 0.5]),
  };
  const curves = [{ ...curve('mean', [0.5, 0.5, 0.5, 0.5]), band }, curve('short', [9, 9], 1)];
  const found = readingsAt(curves, 3, 0.1);
  expect(found.map(({ label, x, text }) => [label, x, text])).toEqual([['mean', 3, '0.5 ± 0.5']]);
});
