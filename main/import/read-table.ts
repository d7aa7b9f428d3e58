// A CSV of curves as a table of texts: its columns, each with what its cells show, and its rows.
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { inputError } from '../../shared/errors.ts';
import { piecesOf, separatorOf, tableText } from '../data/table-text.ts';
import type { ColumnLook } from './column-map.ts';

export interface CurveTable {
  readonly columns: readonly ColumnLook[];
  readonly rows: readonly (readonly string[])[];
  /** Whether `0,5` is a half. */
  readonly hasDecimalCommas: boolean;
}

const SAMPLE_CHARACTERS = 64 * 1024;
const MOST_COLUMNS = 20_000;
const MOST_CELLS = 100_000_000;
const LONGEST_LINE_BYTES = 4 << 20;

/** @throws inputError `bad-csv`, naming the line where it can */
export async function readTable(file: string, bytes: Uint8Array): Promise<CurveTable> {
  const text = tableText(bytes);
  if (text.slice(0, SAMPLE_CHARACTERS).includes('\0')) {
    throw badCsv(file, 'it holds bytes that no text has');
  }
  const separator = separatorOf(text.slice(0, SAMPLE_CHARACTERS));
  const parser = parse({
    ...{ bom: true, delimiter: separator, relax_column_count: true, relax_quotes: true },
    ...{ skip_empty_lines: true, trim: true, max_record_size: LONGEST_LINE_BYTES },
  });
  const rows: string[][] = [];
  let cells = 0;
  try {
    for await (const record of Readable.from(piecesOf(text)).pipe(parser)) {
      const row = record as string[];
      cells += row.length;
      if (row.length > MOST_COLUMNS || cells > MOST_CELLS) {
        throw badCsv(file, `it has more than ${MOST_COLUMNS} columns or ${MOST_CELLS} cells`);
      }
      rows.push(row);
    }
  } catch (error) {
    if (error instanceof CsvError) throw badCsv(file, error.message, error);
    throw error;
  }
  const [names, ...values] = rows;
  if (names === undefined) throw badCsv(file, 'it is empty');
  if (values.length === 0) throw badCsv(file, 'it has one line; names in the first, points below');
  const hasDecimalCommas = separator === ';';
  return { columns: looksOf(names, values, hasDecimalCommas), rows: values, hasDecimalCommas };
}

function looksOf(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  hasDecimalCommas: boolean,
): ColumnLook[] {
  return names.map((name, column) => {
    let numbers = 0;
    let texts = 0;
    let most = -Infinity;
    for (const row of rows) {
      const value = numberOf(row[column], hasDecimalCommas);
      if (value === undefined) continue;
      if (value === 'text') texts++;
      else {
        numbers++;
        if (value > most) most = value;
      }
    }
    return { name, isNumeric: numbers > texts, isEmpty: numbers + texts === 0, most };
  });
}

const MISSING = /^(?:|null|none|n\/a|na|-)$/i;
const NOT_FINITE: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
  ['infinity', Infinity],
  ['-infinity', -Infinity],
]);

/** Undefined where there is nothing; `text` where it is no number. */
export function numberOf(
  cell: string | undefined,
  hasDecimalCommas: boolean,
): number | 'text' | undefined {
  if (cell === undefined || MISSING.test(cell)) return undefined;
  const known = NOT_FINITE.get(cell.toLowerCase());
  if (known !== undefined) return known;
  const text = hasDecimalCommas ? cell.replace(',', '.') : cell;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return 'text';
  return Number(text);
}

export function badCsv(file: string, why: string, cause?: unknown): Error {
  return inputError('bad-csv', `${file} can't be read as a table of curves: ${why}.`, {
    path: file,
    ...(cause === undefined ? {} : { cause }),
  });
}
