import { expect, test } from 'vitest';
import { csvCell, csvText } from './csv.ts';

test.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ['two\nlines', '"two\nlines"'],
  ['=1+1', "'=1+1"],
  ['@sum(a)', "'@sum(a)"],
  ['-dash', "'-dash"],
  ['-0.5', '-0.5'],
  ['+1e-3', '+1e-3'],
  ['=a,b', `"'=a,b"`],
])('%j is the cell %j', (text, cell) => {
  expect(csvCell(text)).toBe(cell);
});

test('Rows end with CR LF.', () => {
  expect(csvText([['a', 'b'], ['1']])).toBe('a,b\r\n1\r\n');
});
