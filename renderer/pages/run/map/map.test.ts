import { expect, test } from 'vitest';
import { createRng } from '../../../../shared/rng.ts';
import { layOut } from './lay-out.ts';
import { METHODS } from './embedding.ts';
import { enclosed, nearest, placesOf } from './map-places.ts';

/** Three clouds far apart in twenty dimensions, forty points each. */
function clouds() {
  const rng = createRng(3, 'clouds');
  const [count, width] = [120, 20];
  const features = Float32Array.from({ length: count * width }, (_, at) => {
    const [i, d] = [Math.floor(at / width), at % width];
    return (d === Math.floor(i / 40) ? 12 : 0) + rng.normal();
  });
  return { features, count, width };
}

test.each(METHODS)(
  '%s keeps clouds that are apart apart, and gives the same map again',
  (method) => {
    const said: (number | undefined)[] = [];
    const layout = layOut({ method, ...clouds() }, (_, fraction) => said.push(fraction));
    expect(said.at(-1)).toBe(1);
    const middle = (cloud: number, values: Float32Array): number =>
      values.slice(cloud * 40, cloud * 40 + 40).reduce((sum, value) => sum + value / 40, 0);
    let right = 0;
    for (let i = 0; i < 120; i++) {
      const apart = [0, 1, 2].map((cloud) =>
        Math.hypot(
          (layout.x[i] ?? 0) - middle(cloud, layout.x),
          (layout.y[i] ?? 0) - middle(cloud, layout.y),
        ),
      );
      if (apart.indexOf(Math.min(...apart)) === Math.floor(i / 40)) right++;
    }
    expect(right).toBe(120);
    expect(layOut({ method, ...clouds() }, () => undefined)).toEqual(layout);
  },
);

test('places fill the canvas with one scale for both axes', () => {
  const layout = { x: Float32Array.of(0, 10, 10), y: Float32Array.of(0, 0, 5), shares: undefined };
  const places = placesOf(layout, { width: 132, height: 432 });
  expect(places).toEqual([
    { x: 16, y: 241 },
    { x: 116, y: 241 },
    { x: 116, y: 191 },
  ]);
  const reach = { reach: 10, isShown: () => true };
  expect(nearest(places, { x: 118, y: 188 }, reach)).toBe(2);
  expect(nearest(places, { x: 60, y: 60 }, reach)).toBeUndefined();
  expect(
    nearest(places, { x: 118, y: 188 }, { reach: 10, isShown: (i) => i !== 2 }),
  ).toBeUndefined();
});

test('a lasso holds what is inside, also of a shape that bends inwards', () => {
  const line = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 10 },
    { x: 5, y: 4 },
    { x: 0, y: 10 },
  ];
  const places = [
    { x: 1, y: 5 },
    { x: 5, y: 8 },
    { x: 9, y: 5 },
    { x: 11, y: 5 },
  ];
  expect(enclosed(places, line)).toEqual([0, 2]);
});
