import { expect, test } from 'vitest';
import { classBarsCsv } from './class-bars-file.ts';

test('the counts of classes are saved as CSV, with names that are no formula', () => {
  const classes = [
    { name: 'cat', train: 8, val: 2, test: 0 },
    { name: '=1+1, "dog"', train: 5, val: 1, test: 3 },
  ];
  expect(classBarsCsv(classes).split('\r\n')).toEqual([
    'class,train,validation,test',
    'cat,8,2,0',
    `"'=1+1, ""dog""",5,1,3`,
    '',
  ]);
});
