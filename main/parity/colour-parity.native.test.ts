// RandAugment's colour operations against torchvision's and PIL's (torch_colour.py).
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseTensorFile } from '../../shared/safetensors.ts';
import { readFloats } from '../../shared/tensor-values.ts';
import {
  posterized,
  solarized,
  stretched,
  withBrightness,
  withContrast,
  withSaturation,
  withSharpness,
} from '../engine/ops/colour.ts';
import { equalized } from '../engine/ops/equalize.ts';
import { tf, type Tensor } from '../engine/tensorflow/library.ts';
import { failOnLeaks } from '../engine/testing/leaks.ts';

failOnLeaks();

const FLOAT_TOLERANCE = 1e-4;
/** PIL rounds what it smooths to bytes, and cuts off what it blends: within two levels. */
const PIL_TOLERANCE = 2;

const file = parseTensorFile(
  readFileSync(new URL('fixtures/colour/operations.safetensors', import.meta.url)),
);

function entryOf(name: string) {
  const entry = file.tensors.get(name);
  if (entry === undefined) throw new Error(`The fixture has no ${name}.`);
  return entry;
}

function bytesOf(name: string): readonly number[] {
  entryOf(name);
  return [...file.bytesOf(name)];
}

/** What becomes of the first images of the fixture, as many as the answer `name` has. */
function changed(name: string, change: (x: Tensor) => Tensor): Float32Array {
  const shape = entryOf(name).shape as [number, number, number, number];
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tidy(() => {
    const x = tf.tensor4d(
      Float32Array.from(bytesOf('images').slice(0, size), (byte) => byte / 255),
      shape,
    );
    return change(x).dataSync<'float32'>().slice();
  });
}

function toBytes(values: Float32Array): readonly number[] {
  return Array.from(values, (value) => Math.round(value * 255));
}

test.each([
  ['equalize', equalized],
  ['pil.equalize', equalized],
  ['posterize.4', (x: Tensor) => posterized(x, 4)],
  ['posterize.6', (x: Tensor) => posterized(x, 6)],
  ['solarize.204', (x: Tensor) => solarized(x, 204 / 255)],
  ['solarize.128', (x: Tensor) => solarized(x, 0.5)],
])('%s gives the same bytes.', (name, change) => {
  const got = changed(name, change);
  expect(toBytes(got)).toEqual(bytesOf(name));
  expect(
    Math.max(...got.map((value) => Math.abs(value * 255 - Math.round(value * 255)))),
  ).toBeLessThan(1e-3);
});

const withFactor = {
  brightness: withBrightness,
  saturation: withSaturation,
  contrast: withContrast,
  sharpness: withSharpness,
};

test.each([
  ['stretch', stretched] as const,
  ...Object.entries(withFactor).flatMap(([name, change]) =>
    [0.1, 1.9].map(
      (factor) =>
        [
          `${name}.${factor}`,
          (x: Tensor) => change(x, tf.tensor4d([factor], [1, 1, 1, 1])),
        ] as const,
    ),
  ),
])('%s is torchvision’s to within rounding.', (name, change) => {
  const expected = readFloats(entryOf(name).dtype, file.bytesOf(name));
  const got = changed(name, change);
  const gap = got.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  expect(got).toHaveLength(expected.length);
  expect(gap).toBeLessThan(FLOAT_TOLERANCE);
});

test.each([0.1, 1.9])('sharpness %f is PIL’s to within its bytes.', (factor) => {
  const name = `pil.sharpness.${factor}`;
  const expected = bytesOf(name);
  const got = changed(name, (x) => withSharpness(x, tf.tensor4d([factor], [1, 1, 1, 1])));
  const gap = got.reduce(
    (most, value, i) => Math.max(most, Math.abs(value * 255 - expected[i]!)),
    0,
  );
  expect(gap).toBeLessThan(PIL_TOLERANCE);
});

test('sharpness leaves images alone that have no inside.', () => {
  const pixels = tf.tidy(() => {
    const x = tf.tensor4d([0.1, 0.9, 0.4, 0.2], [1, 2, 2, 1]);
    return Array.from(withSharpness(x, tf.tensor4d([1.9], [1, 1, 1, 1])).dataSync<'float32'>());
  });
  [0.1, 0.9, 0.4, 0.2].forEach((value, i) => expect(pixels[i]).toBeCloseTo(value, 6));
});
