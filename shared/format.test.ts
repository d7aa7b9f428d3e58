import { expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatExact,
  formatNorm,
  formatPercent,
  formatQuantity,
  formatSignificant,
  formatTimeLeft,
} from './format.ts';

test.each([
  [0, '0'],
  [7, '7'],
  [999, '999'],
  [1000, '1.00 k'],
  [1376, '1.38 k'],
  [999_499, '999 k'],
  [999_999, '1.00 M'],
  [1_727_962, '1.73 M'],
  [40_552_064, '40.6 M'],
  [4_089_184_256, '4.09 G'],
])('the count %d is written %s', (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test.each([
  [0, '0 B'],
  [512, '512 B'],
  [1023, '1023 B'],
  [1024, '1.00 KiB'],
  [1_572_864, '1.50 MiB'],
  [1023.9 * 1024 ** 2, '1.00 GiB'],
  [11 * 1024 ** 3, '11.0 GiB'],
])('%d bytes are written %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, '0'],
  [650, '650'],
  [1000, '1,000'],
  [269_722, '269,722'],
  [126_886_696, '126,886,696'],
])('the exact count %d is written %s', (count, text) => {
  expect(formatExact(count)).toBe(text);
});

test.each([
  [0, '0 ms'],
  [0.0421, '0.0421 ms'],
  [85.26, '85.3 ms'],
  [999.6, '1.0 s'],
  [9420, '9.4 s'],
  [9960, '10 s'],
  [59_400, '59 s'],
  [59_600, '1 min'],
  [185_000, '3 min 5 s'],
  [3_599_600, '1 h'],
  [4_320_000, '1 h 12 min'],
  [86_400_000, '1 d'],
  [183_600_000, '2 d 3 h'],
  [-1500, '-1.5 s'],
  [Infinity, 'unknown'],
])('a duration of %d ms is written %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

test.each([
  [0.9134, '91.3 %'],
  [1, '100.0 %'],
  [NaN, 'NaN'],
])('the fraction %d is written %s', (fraction, text) => {
  expect(formatPercent(fraction)).toBe(text);
});

test.each([
  [0, '0'],
  [2.302585, '2.303'],
  [0.69314718, '0.6931'],
  [0.012345, '0.01235'],
  [0.000031, '3.100e-5'],
  [1204.4, '1204'],
  [123456, '1.235e+5'],
  [-2.5, '-2.500'],
  [NaN, 'NaN'],
])('the loss %d is written %s', (value, text) => {
  expect(formatSignificant(value)).toBe(text);
});

test.each([
  [0, '0'],
  [0.0123, '0.0123'],
  [0.00999, '9.99e-3'],
  [12.345, '12.3'],
  [1000, '1000'],
  [1234, '1.23e+3'],
  [Infinity, 'Infinity'],
])('the norm %d is written %s', (norm, text) => {
  expect(formatNorm(norm)).toBe(text);
});

test('One thing has no s, and whoever needs another plural says it.', () => {
  expect(formatQuantity(1, 'image')).toBe('1 image');
  expect(formatQuantity(0, 'image')).toBe('0 images');
  expect(formatQuantity(1204, 'image')).toBe('1,204 images');
  expect(formatQuantity(2, 'class', 'classes')).toBe('2 classes');
});

test.each([
  [72_000, '1 min 12 s left'],
  [1000, '1.0 s left'],
  [400, 'under 1 s left'],
  [0, ''],
  [NaN, ''],
  [Infinity, ''],
])('%d ms that are left are written "%s"', (remainingMs, text) => {
  expect(formatTimeLeft(remainingMs)).toBe(text);
});
