import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createBatchReader } from './batches.ts';
import { openDataset } from './open.ts';
import { createOrder } from './order.ts';
import { createWorkspace, type Workspace } from './testing/fixtures.ts';

// Each pack that is built is forced to the disk, which a busy disk makes wait.
vi.setConfig({ testTimeout: 30_000 });

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

test('Each step gives the rows and labels of the order, also after a jump.', async () => {
  const dataset = await openDataset({
    source: 'builtin:shapes?train=50&val=0',
    cacheFolder: space.cache,
    valFraction: 0,
  });
  const { train } = dataset.splits;
  const order = createOrder({ count: train.count, batch: 16, seed: 3, shuffle: true });
  const reader = createBatchReader(train, order);
  for (const step of [0, 1, 2, 3, 9, 10, 4, 4]) {
    const { indices, labels, pixels } = await reader.read(step);
    expect(indices).toEqual(order.indicesOf(step));
    expect(labels).toEqual(indices.map((index) => train.labels[index]!));
    const expected = new Uint8Array(16 * train.rowBytes);
    await train.readRows(indices, expected);
    expect(Buffer.compare(pixels, expected)).toBe(0);
  }
  await reader.close();
  await dataset.close();
});

test('A file that was cut while it was open is reported by the step that needs it.', async () => {
  const { readdirSync, truncateSync } = await import('node:fs');
  const dataset = await openDataset({
    source: 'builtin:shapes?train=50&val=0',
    cacheFolder: space.cache,
    valFraction: 0,
  });
  const order = createOrder({ count: 50, batch: 50, seed: 3, shuffle: true });
  const reader = createBatchReader(dataset.splits.train, order);
  const [pack] = readdirSync(space.cache);
  truncateSync(`${space.cache}/${pack}`, 10_000);
  await expect(reader.read(0)).rejects.toMatchObject({ code: 'read-failed' });
  await reader.close();
  await dataset.close();
});
