import { expect, test } from 'vitest';
import { formatAgo } from './relative-time.ts';

const now = Date.parse('2026-01-10T12:00:00Z');

test.each([
  ['2026-01-10T11:59:40Z', 'just now'],
  ['2026-01-10T11:55:00Z', '5 min ago'],
  ['2026-01-10T09:00:00Z', '3 h ago'],
  ['2026-01-09T10:00:00Z', 'yesterday'],
  ['2026-01-06T10:00:00Z', '4 days ago'],
  ['2025-11-02T10:00:00Z', '2025-11-02'],
  ['not a date', 'not a date'],
])('%s was %s', (iso, words) => {
  expect(formatAgo(iso, now)).toBe(words);
});
