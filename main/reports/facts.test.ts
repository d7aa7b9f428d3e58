import { expect, test } from 'vitest';
import { factsOf } from './facts.ts';

test('A report without runs says nothing about runs, data and devices.', () => {
  const writtenAt = '2026-11-30T22:37:00.000Z';
  expect(factsOf({ writtenAt, codeVersion: '0.1.0', runs: [], others: [] })).toEqual([
    'Written 2026-11-30 22:37 UTC',
    'ResNet Lab 0.1.0',
  ]);
});
