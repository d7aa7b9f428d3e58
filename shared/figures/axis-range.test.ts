import { expect, test } from 'vitest';
import { growingEnd, linearRange, linearTicks, logRange } from './axis-range.ts';
import { formatLogTick, logTicks } from './log-ticks.ts';
import { EMPTY_EXTENT } from './extent.ts';

test('a linear axis ends at round numbers around the data', () => {
  expect(linearRange({ low: 0.13, high: 0.94 })).toEqual({ min: 0, max: 1 });
  expect(linearRange({ low: 5, high: 5 })).toEqual({ min: 4.4, max: 5.6 });
  expect(linearRange(EMPTY_EXTENT)).toEqual({ min: 0, max: 1 });
});

test('a logarithmic axis ends at 1, 2 or 5 times a power of ten and never at zero', () => {
  expect(logRange({ low: 0.013, high: 3.2 })).toEqual({ min: 0.01, max: 5 });
  expect(logRange({ low: 0, high: 1 }).min).toBeGreaterThan(0);
});

test('a live axis has room at its end and keeps it while the run goes on', () => {
  expect([77, 99, 100, 120, 313, 1000].map(growingEnd)).toEqual([80, 100, 125, 125, 400, 1250]);
  const ends = Array.from({ length: 900 }, (_, i) => growingEnd(100 + i));
  expect(new Set(ends).size).toBeLessThan(12);
});

test('ticks are multiples of one round step within the range', () => {
  expect(linearTicks({ min: 85, max: 190 }, 6)).toEqual([100, 120, 140, 160, 180]);
  expect(linearTicks({ min: 0, max: 0.3 }, 3)).toEqual([0, 0.1, 0.2, 0.3]);
});

test('logarithmic ticks are powers of ten over many decades and 1-2-5 over few', () => {
  expect(logTicks(0.001, 1000)).toEqual([0.001, 0.01, 0.1, 1, 10, 100, 1000]);
  expect(logTicks(0.1, 5)).toEqual([0.1, 0.2, 0.5, 1, 2, 5]);
  expect(logTicks(1e-12, 1).length).toBeLessThanOrEqual(8);
});

test('logarithmic ticks are written as digits near one and as powers elsewhere', () => {
  expect([0.01, 2, 1e-5, 5e-7, 1e6].map(formatLogTick)).toEqual([
    '0.01',
    '2',
    '10⁻⁵',
    '5·10⁻⁷',
    '10⁶',
  ]);
});
