import { expect, test } from 'vitest';
import { LivePace } from './live-pace.ts';
import { HandClock } from './testing/hand-clock.ts';

function prepare() {
  const clock = new HandClock();
  const shown: string[] = [];
  const pace = new LivePace(clock);
  const add = (key: string, text = key): void => pace.add(key, () => () => shown.push(text));
  return { clock, shown, pace, add };
}

test('what comes after a rest is shown at once, what follows in one go at the next update', async () => {
  const { clock, shown, pace, add } = prepare();
  add('a');
  await clock.pass(0);
  expect(shown).toEqual(['a']);
  add('b');
  add('c');
  await clock.pass(pace.intervalMs - 1);
  expect(shown).toEqual(['a']);
  await clock.pass(1);
  expect(shown).toEqual(['a', 'b', 'c']);
});

test('of several with one key the latest counts', async () => {
  const { clock, shown, add } = prepare();
  add('a', 'first');
  await clock.pass(0);
  add('a', 'second');
  add('a', 'third');
  await clock.pass(5000);
  expect(shown).toEqual(['first', 'third']);
});

test('what takes long to be drawn is drawn seldom, and often again once it is quick', async () => {
  const { clock, pace } = prepare();
  const update = async (costMs: number): Promise<void> => {
    pace.add('chart', () => () => {
      clock.spend(costMs / 2);
      clock.onFrame(() => clock.spend(costMs / 2));
    });
    await clock.pass(5000);
    await clock.drawFrame();
  };
  const quick = pace.intervalMs;
  for (let i = 0; i < 40; i++) await update(12);
  expect(pace.intervalMs).toBeCloseTo(1200, 0);
  pace.now(() => () => clock.spend(5000));
  await clock.pass(0);
  await clock.drawFrame();
  expect(pace.intervalMs).toBeCloseTo(1200, 0);
  for (let i = 0; i < 40; i++) await update(1000);
  expect(pace.intervalMs).toBe(3000);
  for (let i = 0; i < 40; i++) await update(1);
  expect(pace.intervalMs).toBe(quick);
});

test('what is late does not keep the rest waiting, and is shown when it comes', async () => {
  const { clock, shown, pace, add } = prepare();
  let arrive: () => void = () => undefined;
  pace.add('late', async () => {
    await new Promise<void>((resolve) => (arrive = resolve));
    return () => shown.push('late');
  });
  add('quick');
  await clock.pass(1000);
  expect(shown).toEqual(['quick']);
  arrive();
  await clock.pass(0);
  expect(shown).toEqual(['quick', 'late']);
});

test('what comes in while others load has an update of its own', async () => {
  const { clock, shown, pace, add } = prepare();
  pace.add('slow', async () => {
    await new Promise<void>((resolve) => clock.after(100, resolve));
    return () => shown.push('slow');
  });
  await clock.pass(50);
  add('meanwhile');
  await clock.pass(100);
  expect(shown).toEqual(['slow']);
  await clock.pass(5000);
  expect(shown).toEqual(['slow', 'meanwhile']);
});

test('what is asked for begins at once, and what comes soon after is shown with it', async () => {
  const { clock, shown, pace, add } = prepare();
  add('a');
  await clock.pass(0);
  const after = (ms: number, text: string) => async () => {
    await new Promise<void>((resolve) => clock.after(ms, resolve));
    return () => shown.push(`${text} at ${clock.now()}`);
  };
  pace.now(after(10, 'first'));
  pace.now(after(60, 'second'));
  pace.now(after(300, 'third'));
  await clock.pass(100);
  expect(shown).toEqual(['a']);
  await clock.pass(300);
  expect(shown).toEqual(['a', 'first at 130', 'second at 130', 'third at 300']);
});

test('a page that nobody looks at shows the latest when somebody does', async () => {
  const { clock, shown, add } = prepare();
  clock.isSeen = false;
  add('a', 'old');
  await clock.pass(60_000);
  add('a', 'new');
  await clock.pass(60_000);
  expect(shown).toEqual([]);
  await clock.see();
  expect(shown).toEqual(['new']);
});
