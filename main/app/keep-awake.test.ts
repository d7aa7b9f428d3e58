import { expect, test, vi } from 'vitest';
import { keepAwake } from './keep-awake.ts';

test('The machine is kept awake while runs are active, once, and no longer.', () => {
  vi.useFakeTimers();
  const calls: string[] = [];
  let active = 0;
  const stop = keepAwake(
    {
      start: (type) => {
        calls.push(type);
        return 7;
      },
      stop: (id) => {
        calls.push(`stop ${id}`);
        return true;
      },
    },
    () => active,
    10,
  );
  vi.advanceTimersByTime(25);
  expect(calls).toEqual([]);
  active = 2;
  vi.advanceTimersByTime(50);
  expect(calls).toEqual(['prevent-app-suspension']);
  active = 0;
  vi.advanceTimersByTime(20);
  expect(calls).toEqual(['prevent-app-suspension', 'stop 7']);
  active = 1;
  vi.advanceTimersByTime(10);
  stop();
  expect(calls).toHaveLength(4);
  vi.useRealTimers();
});
