import { expect, test } from 'vitest';
import { createRunId, parseRunReference } from './run-id.ts';

test('ids sort by the time of their creation for the next decades and never look alike', () => {
  const times = ['2025-01-01', '2025-01-02', '2026-11-20', '2040-02-29', '2059-06-01'];
  const ids = times.map((time) => createRunId(Date.parse(time)));
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids) expect(id).toMatch(/^r-[0-9a-hjkmnp-tv-z]{8}-[0-9a-hjkmnp-tv-z]{4}$/);
  const oneMoment = new Set(Array.from({ length: 100 }, () => createRunId(0)));
  expect(oneMoment.size).toBeGreaterThan(95);
});

test('what was typed is read as the beginning of an id, and four characters also as its end', () => {
  expect(parseRunReference('R-02K4')).toEqual({ start: 'r-02k4', tail: '-02k4' });
  expect(parseRunReference('o2k4m8xq7f')).toEqual({ start: 'r-02k4m8xq-7f', tail: undefined });
  expect(parseRunReference('I0')).toEqual({ start: 'r-10', tail: undefined });
  expect(parseRunReference('my run')).toBeUndefined();
});
