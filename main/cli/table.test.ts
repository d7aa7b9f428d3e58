import { expect, test } from 'vitest';
import { sparkline } from './sparkline.ts';
import { formatPairs, formatTable } from './table.ts';

test('Columns are aligned by what is seen, and those without text are left out.', () => {
  expect(
    formatTable(
      [{ title: 'name' }, { title: 'empty' }, { title: 'n', right: true }],
      [
        ['a×b', '', '7'],
        ['long name', '', '1,234'],
      ],
    ),
  ).toBe(
    ['name           n', '─────────  ─────', 'a×b            7', 'long name  1,234'].join('\n'),
  );
});

test('Pairs without a value are left out.', () => {
  expect(
    formatPairs([
      ['a', '1'],
      ['none', undefined],
      ['long', '2'],
    ]),
  ).toBe('a     1\nlong  2');
});

test('A curve shows low, high and what is not finite.', () => {
  expect(sparkline([0, 1, Number.NaN, 0.5])).toBe('▁█!▅');
  expect(sparkline([3, 3, 3])).toBe('▁▁▁');
  expect(sparkline(Array.from({ length: 400 }, (_, i) => i))).toHaveLength(40);
  expect(sparkline([])).toBe('');
});
