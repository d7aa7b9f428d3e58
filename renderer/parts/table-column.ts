// What the table needs to know of a column, and the order of its rows. Pure.

export interface Column<R> {
  readonly id: string;
  readonly title: string;
  /** Shown while the pointer is over the title. */
  readonly hint?: string | undefined;
  readonly width: number;
  readonly align?: 'start' | 'end';
  /** What it is sorted by; without it the column cannot be sorted. */
  readonly value?: (row: R) => string | number | null | undefined;
  /** What is shown where the caller's cell snippet shows nothing else. */
  readonly text?: (row: R) => string;
  /** Shown only when chosen. */
  readonly isOptional?: boolean;
}

export interface SortOrder {
  readonly column: string;
  readonly isDescending: boolean;
}

/** How its user has set a table up. */
export interface TableLayout {
  /** Shown columns in order. */
  readonly columns: readonly string[];
  /** In pixels, of columns that were given another width than their own. */
  readonly widths: Readonly<Record<string, number>>;
  readonly sort: SortOrder | null;
}

/** `localeCompare` would look for its rules with every pair of rows. */
const collator = new Intl.Collator('en', { numeric: true });

/** Missing values stand last in either direction; equal rows keep their order. */
export function sortRows<R>(
  rows: readonly R[],
  column: Column<R> | undefined,
  isDescending: boolean,
): readonly R[] {
  const valueOf = column?.value;
  if (valueOf === undefined) return rows;
  const isMissing = (value: unknown): boolean =>
    value === null || value === undefined || Number.isNaN(value);
  return rows.toSorted((a, b) => {
    const [x, y] = [valueOf(a), valueOf(b)];
    if (isMissing(x) || isMissing(y)) return Number(isMissing(x)) - Number(isMissing(y));
    const order =
      typeof x === 'number' && typeof y === 'number'
        ? x - y
        : collator.compare(String(x), String(y));
    return isDescending ? -order : order;
  });
}
