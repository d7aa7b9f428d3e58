import { expect, test } from 'vitest';
import { gridLayout, pageSizeFor, toRgba, visibleRange } from './tile-pixels.ts';

const tiles = (channels: number, pixels: number[]) => ({
  shape: { width: 1, height: 1, channels },
  count: pixels.length / channels,
  pixels: Uint8Array.from(pixels),
  labels: [],
  sources: [],
});

test('grey becomes three equal channels, colour keeps its own, both opaque', () => {
  expect([...toRgba(tiles(1, [7, 9]))]).toEqual([7, 7, 7, 255, 9, 9, 9, 255]);
  expect([...toRgba(tiles(3, [1, 2, 3]))]).toEqual([1, 2, 3, 255]);
});

test('large images are asked for in smaller pages', () => {
  expect(pageSizeFor({ width: 32, height: 32, channels: 3 })).toBe(200);
  expect(pageSizeFor({ width: 224, height: 224, channels: 3 })).toBe(19);
  expect(pageSizeFor({ width: 512, height: 512, channels: 3 })).toBe(4);
});

test('of tens of thousands of images only those in view are wanted', () => {
  const layout = gridLayout({ width: 507, count: 50_000, tile: 48, gap: 3 });
  expect(layout).toMatchObject({ columns: 10, rowHeight: 51, totalHeight: 255_000 });
  expect(visibleRange(layout, { scrollTop: 5_100, height: 408, count: 50_000 })).toEqual({
    first: 1000,
    last: 1080,
  });
});
