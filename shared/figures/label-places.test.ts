import { expect, test } from 'vitest';
import { labelPlaces } from './label-places.ts';

const area = { left: 0, right: 720, top: 0, bottom: 340 };

function boxes(points: Parameters<typeof labelPlaces>[0]) {
  return labelPlaces(points, area).flatMap((place, i) => {
    if (!place) return [];
    const width = points[i]!.label.length * 6.4;
    const left =
      place.anchor === 'start'
        ? place.x
        : place.anchor === 'end'
          ? place.x - width
          : place.x - width / 2;
    return [{ left, right: left + width, top: place.y - 10, bottom: place.y + 3 }];
  });
}

test('a lone point has its name beside it, on the other side at the edge', () => {
  expect(labelPlaces([{ x: 100, y: 100, label: 'resnet20' }], area)).toEqual([
    { x: 109, y: 93, anchor: 'start' },
  ]);
  expect(labelPlaces([{ x: 700, y: 100, label: 'resnet20' }], area)[0]).toMatchObject({
    anchor: 'end',
  });
  expect(labelPlaces([{ x: 100, y: 100, label: '' }], area)).toEqual([undefined]);
});

test('names of points at one place do not overlap each other, and stay in the picture', () => {
  const points = Array.from({ length: 6 }, (_, i) => ({
    ...{ x: 360 + i, y: 170 + (i % 2), label: `A network number ${i}` },
  }));
  const found = boxes(points);
  expect(found).toHaveLength(6);
  for (const [i, a] of found.entries()) {
    expect(a.left).toBeGreaterThanOrEqual(0);
    expect(a.bottom).toBeLessThanOrEqual(340);
    for (const b of found.slice(i + 1)) {
      const isApart =
        a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
      expect(isApart).toBe(true);
    }
  }
});

test('where there is no room a name is left out rather than drawn over another', () => {
  const points = Array.from({ length: 60 }, () => ({ x: 360, y: 170, label: 'the same place' }));
  const places = labelPlaces(points, area);
  expect(places.filter((place) => place === undefined).length).toBeGreaterThan(0);
});

test('a name keeps off a line where there is another place, and stands on it where there is none', () => {
  const point = { x: 360, y: 170, label: 'resnet20' };
  const [plain] = labelPlaces([point], area);
  expect(plain).toEqual({ x: 369, y: 163, anchor: 'start' });
  // Rising to the right, as between two depths.
  const [beside] = labelPlaces([point], area, [[360, 170, 600, 120]]);
  expect(beside).toEqual({ x: 351, y: 163, anchor: 'end' });
  const far = labelPlaces([point], area, [[0, 20, 720, 20]]);
  expect(far).toEqual([plain]);
  const everywhere = Array.from({ length: 340 }, (_, y) => [0, y, 720, y] as const);
  expect(labelPlaces([point], area, everywhere)).toEqual([plain]);
});
