import { expect, test } from 'vitest';
import { columnX, previewSize, tileSide } from './preview-layout.ts';

const square = (side: number) => ({ height: side, width: side, channels: 3 });

test('Large images are shown less often, so that an answer stays small.', () => {
  expect(previewSize(square(32))).toEqual({ images: 8, rounds: 7 });
  expect(previewSize(square(96))).toEqual({ images: 8, rounds: 7 });
  expect(previewSize(square(224))).toEqual({ images: 5, rounds: 5 });
  const large = previewSize(square(512));
  expect(large.images * (1 + large.rounds) * 512 * 512 * 3).toBeLessThan(4_800_000);
  expect(large.images).toBeGreaterThan(1);
});

test('A row of tiles fills the width and never leaves it, but the rows do not get too high.', () => {
  for (const width of [400, 613, 900]) {
    const size = { images: 8, rounds: 7 };
    const side = tileSide(width, size);
    const right = columnX(size.rounds, side) + side;
    expect(right).toBeLessThanOrEqual(width);
    const isHigh = 8 * (side + 5) > 640;
    expect(isHigh || right > width - 8).toBe(true);
  }
  expect(tileSide(3000, { images: 8, rounds: 7 }) * 8).toBeLessThanOrEqual(640);
});
