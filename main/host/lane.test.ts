import { expect, test } from 'vitest';
import { createLane } from './lane.ts';

test('Work enters in order, one at a time, whether the work before succeeds or not.', async () => {
  const lane = createLane();
  const log: string[] = [];
  const work = (name: string, fails = false) =>
    lane.enter(async () => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
    });
  const ended = [work('a'), work('b', true), work('c')];
  expect(lane.isBusy).toBe(true);
  const results = await Promise.allSettled(ended);
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(lane.isBusy).toBe(false);
});

test('What is stopped before its turn leaves at once and never begins.', async () => {
  const lane = createLane();
  const stop = new AbortController();
  let finishFirst = (): void => undefined;
  const first = lane.enter(() => new Promise<void>((resolve) => (finishFirst = resolve)));
  const second = lane.enter(() => Promise.reject(new Error('began')), stop.signal);
  const third = lane.enter(() => Promise.resolve('third'));
  stop.abort();
  await expect(second).rejects.toMatchObject({ code: 'cancelled' });
  finishFirst();
  await first;
  expect(await third).toBe('third');
});
