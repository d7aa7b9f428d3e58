// Exported pages bring images to size by themselves (shared/images/resize.ts); here against the decoder.
import { expect, test } from 'vitest';
import { fitPixels } from '../../shared/images/resize.ts';
import { createRng } from '../../shared/rng.ts';
import { ResizePolicy } from '../../shared/spec/run.ts';
import { decodeImage } from './image-decoder.ts';
import { png } from './testing/fixtures.ts';

const SIZES = [
  [64, 48, 32, 32],
  [31, 57, 24, 24],
  [20, 20, 33, 47],
  [5, 90, 16, 16],
  [300, 17, 28, 28],
] as const;

test.each(ResizePolicy.options)(
  '%s: every pixel is the decoder’s, but for rounding',
  async (policy) => {
    for (const [width, height, toWidth, toHeight] of SIZES) {
      const rng = createRng(1, 'noise');
      const noise = Uint8Array.from({ length: width * height * 3 }, () => rng.below(256));
      const file = png({ width, height }, (x, y, c) => noise[(y * width + x) * 3 + c] ?? 0);
      const shape = { width: toWidth, height: toHeight, channels: 3 as const };
      const decoded = await decodeImage(Buffer.from(file), { shape, policy });
      if ('reason' in decoded) throw new Error(decoded.reason);
      const fitted = fitPixels({ width, height, channels: 3, values: noise }, shape, policy);
      expect(fitted.values.length).toBe(decoded.pixels.length);
      const apart = decoded.pixels.map((value, i) => Math.abs(value - (fitted.values[i] ?? 999)));
      expect(Math.max(...apart), `${width}×${height} → ${toWidth}×${toHeight}`).toBeLessThanOrEqual(
        1,
      );
      expect(apart.filter((value) => value > 0).length / apart.length).toBeLessThan(0.01);
    }
  },
);
