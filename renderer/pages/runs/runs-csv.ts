// The list of runs as a CSV file: the rows and columns that are shown, in their order, with every digit.
// A group has a row with the mean and the standard deviation of its numbers. Pure.
import { summarize } from '../../../shared/stats/summary.ts';
import { csvCell } from '../../../shared/csv.ts';
import type { Column } from '../../parts/table-column.ts';
import type { TableRow } from './grouping.ts';
import { readOf } from './run-columns.ts';

type Cell = string | number | null | undefined;

export function runsCsv(rows: readonly TableRow[], columns: readonly Column<TableRow>[]): string {
  const hasGroups = rows.some(({ isGroup }) => isGroup);
  const shown = columns.map((column) => ({ column, read: readOf(column.id) }));
  const head = shown.flatMap(({ column, read }) =>
    hasGroups && read ? [column.title, `${column.title} (standard deviation)`] : [column.title],
  );
  const lines = rows.map((row): Cell[] => [
    ...(hasGroups ? [row.isGroup ? 'group' : 'run', row.members.length] : []),
    ...shown.flatMap(({ column, read }) => {
      if (!read) return [plainValue(row, column)];
      const summary = summarize(row.members.map(read));
      return hasGroups ? [summary?.mean, row.isGroup ? summary?.deviation : null] : [summary?.mean];
    }),
  ]);
  const all = [[...(hasGroups ? ['Kind', 'Runs'] : []), ...head], ...lines];
  return `${all.map((cells) => cells.map(cellText).join(',')).join('\r\n')}\r\n`;
}

function cellText(value: Cell): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'number' ? String(value) : csvCell(value);
}

function plainValue(row: TableRow, column: Column<TableRow>): Cell {
  if (column.id === 'name') return row.label;
  if (row.isGroup && column.text) return column.text(row);
  return column.value?.({ ...row, sortAs: row.members });
}
