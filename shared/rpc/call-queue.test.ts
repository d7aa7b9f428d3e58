import { expect, test } from 'vitest';
import { CallQueue } from './call-queue.ts';

function openCall() {
  let settle = (): void => undefined;
  const promise = new Promise<void>((resolve) => (settle = resolve));
  return { promise, settle };
}

test('So many calls run at once; the others start in their order as those are answered.', async () => {
  const queue = new CallQueue({ runningLimit: 2, waitingLimitBytes: 100, isBehind: () => false });
  const calls = Array.from({ length: 4 }, openCall);
  const started: number[] = [];
  for (const [index, call] of calls.entries()) {
    queue.add(1, () => {
      started.push(index);
      return call.promise;
    });
  }
  expect(started).toEqual([0, 1]);
  calls[1]!.settle();
  await calls[1]!.promise;
  await Promise.resolve();
  expect(started).toEqual([0, 1, 2]);
});

test('Nothing starts while the client leaves its answers lying, and inputs that wait have a bound.', () => {
  let isBehind = true;
  const queue = new CallQueue({
    runningLimit: 8,
    waitingLimitBytes: 100,
    isBehind: () => isBehind,
  });
  let started = 0;
  const start = (): Promise<void> => {
    started++;
    return Promise.resolve();
  };
  expect(queue.add(60, start)).toBe(true);
  expect(queue.add(60, start)).toBe(false);
  expect(queue.add(40, start)).toBe(true);
  expect(started).toBe(0);
  isBehind = false;
  queue.startWaiting();
  expect(started).toBe(2);
  // What need not wait is not bounded here.
  expect(queue.add(1000, start)).toBe(true);
  expect(started).toBe(3);
});
