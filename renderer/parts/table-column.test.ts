import { expect, test } from 'vitest';
import { sortRows, type Column } from './table-column.ts';

interface Row {
  name: string;
  score: number | null;
}
const name: Column<Row> = { id: 'name', title: 'Name', width: 80, value: (row) => row.name };
const score: Column<Row> = { id: 'score', title: 'Score', width: 80, value: (row) => row.score };
const rows: Row[] = [
  { name: 'resnet110', score: 0.9 },
  { name: 'resnet20', score: null },
  { name: 'resnet56', score: 0.95 },
];
const names = (sorted: readonly Row[]) => sorted.map((row) => row.name);

test('text is sorted as people count: resnet20 before resnet110', () => {
  expect(names(sortRows(rows, name, false))).toEqual(['resnet20', 'resnet56', 'resnet110']);
});

test('rows without a value stand last in both directions', () => {
  expect(names(sortRows(rows, score, false))).toEqual(['resnet110', 'resnet56', 'resnet20']);
  expect(names(sortRows(rows, score, true))).toEqual(['resnet56', 'resnet110', 'resnet20']);
});

test('without a column rows stay as they are', () => {
  expect(sortRows(rows, undefined, true)).toBe(rows);
});
