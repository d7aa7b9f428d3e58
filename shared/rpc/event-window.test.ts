import { expect, test } from 'vitest';
import { EventWindow } from './event-window.ts';

function open(size: number, waitingLimit = 100): { window: EventWindow; sent: unknown[] } {
  const sent: unknown[] = [];
  const window = new EventWindow({
    size,
    waitingLimit,
    send: (event) => sent.push(event),
    onOverflow: () => sent.push('overflow'),
  });
  return { window, sent };
}

test('Events leave at once until the window is full, then as they are acknowledged.', async () => {
  const { window, sent } = open(2);
  const settled: number[] = [];
  for (const event of [1, 2, 3, 4]) {
    void window.add(event).then(() => settled.push(event));
  }
  expect(sent).toEqual([1, 2]);
  expect(window.acknowledge(1)).toBe(true);
  expect(sent).toEqual([1, 2, 3]);
  await Promise.resolve();
  expect(settled).toEqual([1, 2, 3]);
});

test('More acknowledgements than events are refused.', () => {
  const { window } = open(4);
  void window.add(1);
  expect(window.acknowledge(2)).toBe(false);
});

test('An event replaces the waiting one of its key in its place, and no other.', () => {
  const { window, sent } = open(1);
  const progress = (run: string, step: number): void =>
    void window.add(`${run} ${step}`, { latest: `progress ${run}` });
  progress('a', 1);
  progress('a', 2);
  void window.add('done');
  progress('b', 1);
  progress('a', 3);
  for (let turn = 0; turn < 4; turn++) window.acknowledge(1);
  expect(sent).toEqual(['a 1', 'a 3', 'done', 'b 1']);
});

test('Draining waits for the last event to leave, or for the end.', async () => {
  const { window, sent } = open(1);
  void window.add(1);
  void window.add(2);
  const drained = window.drained().then(() => sent.push('drained'));
  await Promise.resolve();
  expect(sent).toEqual([1]);
  window.acknowledge(1);
  await drained;
  expect(sent).toEqual([1, 2, 'drained']);
});

test('The end lets everyone go and drops what waits.', async () => {
  const { window, sent } = open(1);
  void window.add(1);
  const second = window.add(2);
  const drained = window.drained();
  window.end();
  await Promise.all([second, drained, window.add(3)]);
  window.acknowledge(1);
  expect(sent).toEqual([1]);
});

test('Too many waiting events end the window, once.', () => {
  const { window, sent } = open(1, 2);
  for (let event = 1; event <= 6; event++) void window.add(event);
  expect(sent).toEqual([1, 'overflow']);
});

test('Whoever waits for an event to be handled waits for its acknowledgement, or hears of the end.', async () => {
  const { window } = open(1);
  const handled: string[] = [];
  const add = (event: string): Promise<unknown> =>
    window.add(event, { until: 'handled' }).then(
      () => handled.push(event),
      () => handled.push(`not ${event}`),
    );
  void add('first');
  void window.add('between');
  void add('second');
  const third = add('third');
  window.acknowledge(1);
  await Promise.resolve();
  expect(handled).toEqual(['first']);
  window.acknowledge(1);
  window.acknowledge(1);
  await Promise.resolve();
  expect(handled).toEqual(['first', 'second']);
  window.end();
  await third;
  await add('fourth');
  expect(handled).toEqual(['first', 'second', 'not third', 'not fourth']);
});
