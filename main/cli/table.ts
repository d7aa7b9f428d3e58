// Aligned columns for a terminal. Pure.

export interface Column {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly right?: boolean;
}

/** Lines of a table: titles, a rule, rows. Columns without any text are left out. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const used = columns
    .map((column, index) => ({ ...column, index }))
    .filter(({ index }) => rows.length === 0 || rows.some((row) => (row[index] ?? '') !== ''));
  const widths = used.map(({ title, index }) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => {
        const padding = ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(cell)));
        return used[i]?.right === true ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  return [
    line(used.map(({ title }) => title)),
    widths.map((width) => '─'.repeat(width)).join('  '),
    ...rows.map((row) => line(used.map(({ index }) => row[index] ?? ''))),
  ].join('\n');
}

/** `label  value` lines with the values aligned; pairs without a value are left out. */
export function formatPairs(pairs: readonly (readonly [string, string | undefined])[]): string {
  const shown = pairs.filter((pair): pair is [string, string] => (pair[1] ?? '') !== '');
  const width = Math.max(0, ...shown.map(([label]) => widthOf(label)));
  return shown
    .map(([label, value]) => `${label}${' '.repeat(width - widthOf(label))}  ${value}`)
    .join('\n');
}

function widthOf(text: string): number {
  return Array.from(text).length;
}
