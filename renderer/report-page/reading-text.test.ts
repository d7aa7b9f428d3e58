import { expect, test } from 'vitest';
import { figureCurve } from '../../shared/figures/figure-curve.ts';
import { readingsAt } from '../../shared/figures/readings.ts';
import { readingText } from './reading-text.ts';

const curve = (label: string, y: readonly number[], half?: number) => {
  const ends = Float32Array.from(y);
  const band = half === undefined ? null : { low: ends, high: ends, half: ends.map(() => half) };
  return figureCurve(
    { label, colour: 0, isDashed: false },
    { line: { x: Float64Array.from(y, (_, i) => i), y: ends }, band },
  );
};
const textsAt = (curves: ReturnType<typeof curve>[], x: number, isShare = false) =>
  readingsAt(curves, x, 0.1).map(
    (one) => `${one.curve.label} ${one.x} ${readingText(one, isShare)}`,
  );

test('the largest value stands first, and what is not a number last', () => {
  const curves = [
    curve('low', [1, 1, 1, 1]),
    curve('none', [1, 1, Number.NaN, 1]),
    curve('high', [5, 5, 5, 5]),
  ];
  expect(textsAt(curves, 2.1)).toEqual(['high 2 5', 'low 2 1', 'none 2 not a number']);
});

test('a mean is read with half its band, and a curve that has ended is not read', () => {
  const curves = [curve('mean', [0.5, 0.5, 0.5, 0.5], 0.5), curve('short', [9, 9])];
  expect(textsAt(curves, 3)).toEqual(['mean 3 0.5 ± 0.5']);
  expect(textsAt(curves, 3, true)).toEqual(['mean 3 50 ± 50 %']);
});
