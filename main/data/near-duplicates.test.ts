import { expect, test } from 'vitest';
import { createRng } from '../../shared/rng.ts';
import type { ImageShape } from './dataset.ts';
import { LookAlikes } from './near-duplicates.ts';

const shape: ImageShape = { height: 32, width: 32, channels: 3 };

/** A few soft blobs: pictures that differ by their seed. */
function picture(seed: number, change: (value: number) => number = (value) => value): Uint8Array {
  const rng = createRng(seed, 'blobs');
  const blobs = Array.from({ length: 6 }, () => ({
    x: rng.below(32),
    y: rng.below(32),
    strength: rng.uniform() * 180 - 60,
  }));
  return Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 32, Math.floor(i / 96)];
    const value = blobs.reduce(
      (sum, blob) => sum + blob.strength * Math.exp(-((x - blob.x) ** 2 + (y - blob.y) ** 2) / 60),
      90,
    );
    return Math.max(0, Math.min(255, Math.round(change(value))));
  });
}

test('Brightened and noisy copies are found among many others, and nothing else.', () => {
  const alike = new LookAlikes(shape);
  for (let seed = 0; seed < 300; seed++) alike.add(picture(seed));
  alike.add(picture(17, (value) => value * 1.15 + 8)); // 300
  const rng = createRng(1, 'noise');
  alike.add(picture(42, (value) => value + rng.below(9) - 4)); // 301
  alike.add(picture(42, (value) => value * 0.9)); // 302
  expect(alike.groups()).toEqual([
    [17, 300],
    [42, 301, 302],
  ]);
});

test('Flat pictures and skipped numbers resemble nothing.', () => {
  const alike = new LookAlikes({ height: 4, width: 4, channels: 1 });
  alike.add(new Uint8Array(16).fill(90));
  alike.skip();
  alike.add(new Uint8Array(16).fill(91));
  expect(alike.groups()).toEqual([]);
});
