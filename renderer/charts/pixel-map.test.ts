import type { Scale } from 'chart.js';
import { expect, test } from 'vitest';
import { pixelMap } from './pixel-map.ts';

/** An upright axis of 200 px that begins at 10. */
function axis(type: 'linear' | 'logarithmic', min: number, max: number): Scale {
  const axis = { type, min, max, getPixelForDecimal: (share: number) => 210 - 200 * share };
  return axis as unknown as Scale;
}

test('values lie where the scale has them; without a place they are not a number', () => {
  const linear = pixelMap(axis('linear', 2, 4));
  expect([2, 3, 4, 5].map(linear)).toEqual([210, 110, 10, -90]);
  const logarithmic = pixelMap(axis('logarithmic', 0.1, 10));
  expect([0.1, 1, 10].map(logarithmic)).toEqual([210, 110, 10]);
  expect(logarithmic(0)).toBeNaN();
});

test('what was drawn keeps its map when the scale moves on', () => {
  for (const type of ['linear', 'logarithmic'] as const) {
    const scale = axis(type, 1, 100);
    const before = pixelMap(scale);
    const places = [1, 10, 100].map(before);
    Object.assign(scale, { min: 5, max: 6 });
    expect([1, 10, 100].map(before)).toEqual(places);
  }
});
