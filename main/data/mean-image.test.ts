import { afterEach, beforeEach, expect, test } from 'vitest';
import { meanImageOf } from './mean-image.ts';
import { openDataset } from './open.ts';
import { imagesOf } from './testing/images-of.ts';
import { createWorkspace, type Workspace } from './testing/fixtures.ts';

// More than what is read at once, by a part.
const SOURCE = 'builtin:shapes?train=1000&val=10';

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

test('The mean image is the exact mean of every byte.', async () => {
  const dataset = await openDataset({ source: SOURCE, cacheFolder: space.cache });
  const { rowBytes, count } = dataset.splits.train;
  const images = await imagesOf(dataset.splits.train);
  const seen: number[] = [];
  const mean = await meanImageOf(dataset.splits.train, {
    onProgress: ({ done }) => seen.push(done),
  });
  expect(mean).toHaveLength(32 * 32 * 3);
  mean.forEach((value, i) => {
    let sum = 0n;
    for (let row = 0; row < count; row++) sum += BigInt(images[row * rowBytes + i]!);
    expect(value).toBe(Math.fround(Number(sum) / (255 * count)));
  });
  expect(seen.at(-1)).toBe(count);
  await dataset.close();
});

test('A pass over the data can be cancelled.', async () => {
  const dataset = await openDataset({ source: SOURCE, cacheFolder: space.cache });
  const stop = AbortSignal.abort();
  await expect(meanImageOf(dataset.splits.train, { signal: stop })).rejects.toMatchObject({
    code: 'cancelled',
  });
  await dataset.close();
});
