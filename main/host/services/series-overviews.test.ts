import { expect, test } from 'vitest';
import type { Series } from '../../store/series.ts';
import { decimate } from './decimate.ts';
import { SeriesOverviews } from './series-overviews.ts';

function loss(points: number): Series {
  const steps = Int32Array.from({ length: points }, (_, i) => i);
  return {
    ...{ name: 'train/loss', width: 1, labels: [], unit: 'nats', steps },
    elapsedMs: Float64Array.from(steps),
    values: Float32Array.from(steps),
  };
}

const infoOf = (series: Series) => {
  const { name, width, labels, unit, steps } = series;
  return { name, width, labels, unit, pointCount: steps.length, lastStep: steps.at(-1) ?? -1 };
};

test('what was thinned out is found until the series has other points', () => {
  const overviews = new SeriesOverviews();
  const whole = loss(1000);
  const thinned = decimate(whole, 100);
  overviews.keep('r-1', 100, { thinned, pointCount: 1000 });
  expect(overviews.find('r-1', infoOf(whole), 100)?.thinned).toBe(thinned);
  expect(overviews.find('r-1', infoOf(whole), 200)).toBeUndefined();
  expect(overviews.find('r-2', infoOf(whole), 100)).toBeUndefined();
  expect(overviews.find('r-1', infoOf(loss(1001)), 100)).toBeUndefined();
  // Nor afterwards: it was of another time.
  expect(overviews.find('r-1', infoOf(whole), 100)).toBeUndefined();
});

test('a series that was not thinned out is not kept', () => {
  const overviews = new SeriesOverviews();
  const whole = loss(50);
  overviews.keep('r-1', 100, { thinned: decimate(whole, 100), pointCount: 50 });
  expect(overviews.find('r-1', infoOf(whole), 100)).toBeUndefined();
});

test('the longest unused goes when the memory is full', () => {
  const whole = loss(1000);
  const thinned = decimate(whole, 100);
  const sizeBytes = thinned.steps.length * (4 + 8 + 4);
  const overviews = new SeriesOverviews(3 * sizeBytes);
  const ids = ['a', 'b', 'c', 'd', 'e'];
  for (const id of ids) {
    overviews.keep(id, 100, { thinned, pointCount: 1000 });
    overviews.find('a', infoOf(whole), 100);
  }
  expect(ids.filter((id) => overviews.find(id, infoOf(whole), 100))).toEqual(['a', 'd', 'e']);
});
