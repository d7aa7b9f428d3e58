// A list of labels as a table of texts: CSV, TSV or plain text, with or without a first line of names.
// Finds out the separator; quotes, byte-order marks and odd line ends are the parser's.
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { inputError } from '../../../shared/errors.ts';
import { formatBytes } from '../../../shared/format.ts';
import { LARGEST_LABEL_FILE_BYTES, MOST_IMAGES } from '../../../shared/limits.ts';
import type { ProgressMeter } from '../progress.ts';
import { piecesOf, separatorOf, tableText } from '../table-text.ts';

export interface LabelTable {
  /** Of the dataset, shown to people. */
  readonly file: string;
  readonly rows: readonly (readonly string[])[];
}

const MOST_COLUMNS = 1000;
const LONGEST_LINE_BYTES = 1 << 20;
const SAMPLE_BYTES = 64 * 1024;

/** Files that may be lists of labels, by their names. */
export function isLabelFile(name: string): boolean {
  return (
    /\.(?:csv|tsv|txt)$/i.test(name) && !/^(?:readme|licen[cs]e|sample_?submission)/i.test(name)
  );
}

/** @throws inputError `bad-label-file`, `too-large` */
export async function readTable(
  file: string,
  bytes: Buffer,
  meter: ProgressMeter,
): Promise<LabelTable> {
  if (bytes.length > LARGEST_LABEL_FILE_BYTES) {
    throw inputError(
      'too-large',
      `${file} has ${formatBytes(bytes.length)}; lists of up to ${formatBytes(LARGEST_LABEL_FILE_BYTES)} are read.`,
      { path: file },
    );
  }
  const text = tableText(bytes);
  const parser = parse({
    bom: true,
    delimiter: separatorOf(text.slice(0, SAMPLE_BYTES)),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: LONGEST_LINE_BYTES,
  });
  const rows: string[][] = [];
  try {
    for await (const record of Readable.from(piecesOf(text)).pipe(parser)) {
      const row = record as string[];
      if (row.length > MOST_COLUMNS || rows.length > MOST_IMAGES) {
        throw inputError(
          'bad-label-file',
          `${file} has more than ${MOST_COLUMNS} columns or ${MOST_IMAGES} rows; lists of labels are smaller.`,
          { path: file },
        );
      }
      // Separated by spaces, a line may have several in a row.
      rows.push(row.filter((cell, i) => cell !== '' || i < row.length - 1));
      const pause = meter.advance();
      if (pause !== undefined) await pause;
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw inputError('bad-label-file', `${file} is no table: ${error.message}.`, {
      path: file,
      cause: error,
    });
  }
  return { file, rows };
}
