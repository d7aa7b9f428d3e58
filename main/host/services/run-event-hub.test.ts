import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RunEvent } from '../../../shared/contract/app/runs.ts';
import { createRunEventHub } from './run-event-hub.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const points = (step: number, id = 'r-1'): RunEvent => ({ kind: 'points', id, step });

test('The first event comes at once, then the latest of each interval, and nothing twice.', () => {
  const hub = createRunEventHub();
  const heard: RunEvent[] = [];
  hub.subscribe((event) => heard.push(event));
  for (let step = 0; step < 100; step++) {
    hub.publish(points(step));
    vi.advanceTimersByTime(50);
  }
  vi.advanceTimersByTime(2000);
  expect(heard.length).toBeLessThanOrEqual(12);
  expect(heard[0]).toEqual(points(0));
  expect(heard.at(-1)).toEqual(points(99));
  hub.close();
});

test('Runs and kinds do not hold each other back.', () => {
  const hub = createRunEventHub();
  const heard: RunEvent[] = [];
  hub.subscribe((event) => heard.push(event));
  hub.publish(points(1));
  hub.publish(points(1, 'r-2'));
  hub.publish({ kind: 'preparing', id: 'r-1', progress: { message: 'Decoding' } });
  expect(heard).toHaveLength(3);
  hub.close();
});

test('After a run is removed nothing more is heard of it.', () => {
  const hub = createRunEventHub();
  const heard: RunEvent[] = [];
  hub.subscribe((event) => heard.push(event));
  hub.publish(points(1));
  hub.publish(points(2));
  hub.publish({ kind: 'removed', id: 'r-1' });
  vi.advanceTimersByTime(5000);
  expect(heard).toEqual([points(1), { kind: 'removed', id: 'r-1' }]);
  hub.close();
});

test('The end of a run is the last that is heard of it: what was held back is older.', () => {
  const hub = createRunEventHub();
  const heard: string[] = [];
  hub.subscribe((event) => heard.push(event.kind));
  const progress = (step: number) =>
    ({ kind: 'progress', id: 'r-1', progress: { step } }) as RunEvent;
  const changed = (status: string) => ({ kind: 'changed', run: { id: 'r-1', status } }) as RunEvent;
  hub.publish(changed('running'));
  hub.publish(progress(1));
  hub.publish(progress(2));
  hub.publish(changed('paused'));
  vi.advanceTimersByTime(5000);
  expect(heard.at(-1)).toBe('changed');
  hub.publish(progress(3));
  hub.publish(progress(4));
  hub.publish(changed('paused'));
  vi.advanceTimersByTime(5000);
  expect(heard).toEqual(['changed', 'progress', 'changed', 'progress', 'changed']);
  hub.close();
});
