import fs from 'node:fs';
import os from 'node:os';
import { expect, test } from 'vitest';
import { exampleSpec, testHost } from './testing/host-fixtures.ts';
import { measureStepMs, trainSeveral } from './run-several.ts';

const specs = [exampleSpec(undefined, 1), exampleSpec(undefined, 2)];

test('Runs that train together are all running before the first ends, each with its cores.', async () => {
  const { parts } = await testHost('wait-at-6');
  const stop = new AbortController();
  const running = new Set<number>();
  const runs = await trainSeveral(parts, specs, {
    stop: stop.signal,
    onEvent: (index, event) => {
      if (event.kind === 'progress') running.add(index);
      if (running.size === specs.length) stop.abort();
    },
  });
  expect(runs.map((run) => [run.seed, run.status])).toEqual([
    [1, 'interrupted'],
    [2, 'interrupted'],
  ]);
  const threads = String(Math.max(1, Math.floor(os.availableParallelism() / 2)));
  expect(runs[0]!.environment).toMatchObject({
    variables: { TF_NUM_INTRAOP_THREADS: threads, TF_NUM_INTEROP_THREADS: '1' },
  });
});

test('When one fails the other still ends, and the failure is thrown.', async () => {
  const { parts } = await testHost('crash');
  await expect(trainSeveral(parts, specs, { onEvent: () => undefined })).rejects.toMatchObject({
    code: 'trainer-died',
  });
  expect(parts.library.runs.list().runs.map((run) => run.status)).toEqual(['failed', 'failed']);
});

test('Measuring leaves no run and no folder behind.', async () => {
  const { parts } = await testHost('finish');
  const leftovers = () => fs.readdirSync(os.tmpdir()).filter((n) => n.includes('lab-measure-'));
  const before = leftovers();
  // The acting trainer says that every step takes 10 ms.
  const options = { onEvent: () => undefined, durationMs: 30 };
  expect(await measureStepMs(parts, specs, options)).toBeCloseTo(10);
  expect(parts.library.runs.list().total).toBe(0);
  expect(leftovers().filter((name) => !before.includes(name))).toEqual([]);
});
