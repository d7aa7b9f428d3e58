import { expect, test } from 'vitest';
import {
  enlarged,
  imagePixels,
  magnitudeScale,
  mapPixels,
  overlaid,
  signedScale,
} from './map-pixels.ts';

const map = { height: 2, width: 2, values: new Float32Array([0, 1, 2, 3]) };

test('Enlarging is torch.nn.functional.interpolate(mode="bilinear", align_corners=False).', () => {
  // torch: F.interpolate(torch.tensor([[[[0., 1.], [2., 3.]]]]), size=(3, 4), mode='bilinear')
  expect([...enlarged(map, 3, 4).values]).toEqual(
    [0, 0.25, 0.75, 1, 1, 1.25, 1.75, 2, 2, 2.25, 2.75, 3].map((value): unknown =>
      expect.closeTo(value, 6),
    ),
  );
  expect(enlarged(map, 2, 2)).toBe(map);
});

test('Magnitudes begin at 0; values of both signs have 0 in the middle; what is not finite is no extent.', () => {
  const values = new Float32Array([0.5, -2, 1, Number.NaN]);
  expect(magnitudeScale(map)).toMatchObject({ low: 0, high: 3 });
  expect(magnitudeScale({ ...map, values: new Float32Array([2, 3, 4, 5]) }, 'least').low).toBe(2);
  expect(signedScale({ ...map, values })).toMatchObject({ low: -2, high: 2 });
  const [red, green, blue] = mapPixels(
    { height: 1, width: 1, values: new Float32Array([0]) },
    { ...signedScale({ ...map, values }) },
  );
  expect([red, green, blue]).toEqual([245, 245, 242]);
});

test('An image of one channel is grey; a map lies over it as its opacity says.', () => {
  const image = imagePixels(new Uint8Array([10, 200]), 1);
  expect([...image]).toEqual([10, 10, 10, 255, 200, 200, 200, 255]);
  const over = overlaid(image, new Uint8ClampedArray([110, 10, 10, 255, 0, 0, 0, 255]), 0.25);
  expect([...over]).toEqual([35, 10, 10, 255, 150, 150, 150, 255]);
});
