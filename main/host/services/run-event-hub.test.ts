import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RunEvent, RunRow } from '../../../shared/contract/app/runs.ts';
import { createRunEventHub } from './run-event-hub.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const points = (step: number, id = 'r-1'): RunEvent => ({ kind: 'points', id, step });

const row = (change: Partial<RunRow> = {}) =>
  ({ id: 'r-1', status: 'running', ...change }) as RunRow;
const changed = (change?: Partial<RunRow>): RunEvent => ({ kind: 'changed', run: row(change) });

test('The first event comes at once, then the latest of each second, and nothing twice.', () => {
  const { hub, heard } = listen();
  for (let step = 0; step < 100; step++) {
    hub.publish(points(step));
    vi.advanceTimersByTime(50);
  }
  vi.advanceTimersByTime(2000);
  expect(heard.length).toBeLessThanOrEqual(7);
  expect(heard[0]).toEqual(points(0));
  expect(heard.at(-1)).toEqual(points(99));
  hub.close();
});

test('What grows is told of all runs at the same moment.', () => {
  const { hub, heard } = listen();
  hub.publish(points(1));
  vi.advanceTimersByTime(100);
  hub.publish(points(1, 'r-2'));
  hub.publish({ kind: 'preparing', id: 'r-1', progress: { message: 'Decoding' } });
  expect(heard).toHaveLength(1);
  vi.advanceTimersByTime(900);
  expect(heard).toHaveLength(3);
  hub.close();
});

test('News waits for nothing: a changed state, an evaluation; growth of the same run does.', () => {
  const { hub, heard } = listen();
  hub.publish(points(1));
  hub.publish(changed({ status: 'queued' }));
  expect(heard.at(-1)).toEqual(changed({ status: 'queued' }));
  vi.advanceTimersByTime(3000);
  hub.publish(points(2));
  hub.publish(changed({ status: 'queued', step: 5 }));
  expect(heard.at(-1)).toEqual(points(2));
  hub.publish(changed({ step: 5 }));
  expect(heard.at(-1)).toEqual(changed({ step: 5 }));
  vi.advanceTimersByTime(3000);
  expect(heard).toHaveLength(4);
  hub.close();
});

test('A checkpoint more is growth.', () => {
  const { hub, heard } = listen();
  const last = { step: 5, file: 'last', sizeBytes: 1, sha256: '' };
  hub.publish(changed({ checkpoints: { last } }));
  vi.advanceTimersByTime(1000);
  hub.publish(points(10));
  hub.publish(changed({ checkpoints: { last: { ...last, step: 10 } } }));
  expect(heard.at(-1)).toEqual(points(10));
  vi.advanceTimersByTime(1000);
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
  const { hub, heard } = listen();
  const progress = (step: number) =>
    ({ kind: 'progress', id: 'r-1', progress: { step } }) as RunEvent;
  hub.publish(changed());
  hub.publish(progress(1));
  vi.advanceTimersByTime(5000);
  hub.publish(progress(2));
  hub.publish(progress(3));
  hub.publish(changed({ status: 'paused' }));
  vi.advanceTimersByTime(5000);
  expect(heard.map(({ kind }) => kind)).toEqual(['changed', 'progress', 'progress', 'changed']);
  hub.close();
});

function listen() {
  const hub = createRunEventHub();
  const heard: RunEvent[] = [];
  hub.subscribe((event) => heard.push(event));
  return { hub, heard };
}
