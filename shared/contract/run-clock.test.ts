import fc from 'fast-check';
import { expect, test } from 'vitest';
import { goesOn, stretchesOf, wallClock, wallTimeText, type Stretch } from './run-clock.ts';

test('a run that paused stands on the wall clock in pieces, with the pause between them', () => {
  const clock = wallClock([
    { elapsedMs: 0, startedAtMs: 1000 },
    { elapsedMs: 60, startedAtMs: 9000 },
  ]);
  expect([0, 59, 60, 61, 100].map(clock)).toEqual([1000, 1059, 1060, 9001, 9040]);
  expect(wallClock([])(5)).toBeNaN();
});

test('going on from a checkpoint forgets the stretches that were cut off with their points', () => {
  const first = goesOn([], { elapsedMs: 0, startedAtMs: 1000 });
  const second = goesOn(first, { elapsedMs: 60, startedAtMs: 9000 });
  expect(second).toHaveLength(2);
  // Killed before its next checkpoint: from the same one again.
  expect(goesOn(second, { elapsedMs: 60, startedAtMs: 20_000 })).toEqual([
    { elapsedMs: 0, startedAtMs: 1000 },
    { elapsedMs: 60, startedAtMs: 20_000 },
  ]);
  // Without any checkpoint: anew.
  expect(goesOn(second, { elapsedMs: 0, startedAtMs: 30_000 })).toEqual([
    { elapsedMs: 0, startedAtMs: 30_000 },
  ]);
});

test('a run of before stretches were kept is taken to have trained without a pause', () => {
  const startedAt = '2026-01-01T00:00:00.000Z';
  const known = [{ elapsedMs: 0, startedAtMs: 5 }];
  expect(wallClock(stretchesOf({ startedAt }))(1500)).toBe(Date.parse(startedAt) + 1500);
  expect(wallTimeText(stretchesOf({ startedAt }))(1500)).toBe('2026-01-01T00:00:01.500Z');
  expect(wallTimeText([])(1500)).toBe('');
  expect(stretchesOf({ startedAt, stretches: [] })).toHaveLength(1);
  expect(stretchesOf({ startedAt: null })).toEqual([]);
  expect(stretchesOf({ startedAt, stretches: known })).toBe(known);
});

test('the wall clock rises with training time, whatever the clocks said', () => {
  const time = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(
    fc.property(
      fc.array(fc.record({ elapsedMs: time, startedAtMs: time }), { minLength: 1 }),
      fc.array(time),
      (made, times) => {
        const clock = wallClock(made.reduce<readonly Stretch[]>(goesOn, []));
        const at = times.sort((a, b) => a - b).map(clock);
        at.forEach((value, i) => expect(value).toBeGreaterThanOrEqual(at[i - 1] ?? value));
      },
    ),
  );
});
