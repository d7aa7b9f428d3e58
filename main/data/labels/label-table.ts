// A list of labels as a table of texts: CSV, TSV or plain text, with or without a first line of names.
// Finds out the separator; quotes, byte-order marks and odd line ends are the parser's.
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { inputError } from '../../../shared/errors.ts';
import { formatBytes } from '../../../shared/format.ts';
import { LARGEST_LABEL_FILE_BYTES, MOST_IMAGES } from '../../../shared/limits.ts';
import type { Pulse } from '../progress.ts';

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
export async function readTable(file: string, bytes: Buffer, pulse: Pulse): Promise<LabelTable> {
  if (bytes.length > LARGEST_LABEL_FILE_BYTES) {
    throw inputError(
      'too-large',
      `${file} has ${formatBytes(bytes.length)}; lists of up to ${formatBytes(LARGEST_LABEL_FILE_BYTES)} are read.`,
      { path: file },
    );
  }
  const text = decoded(bytes);
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
      const pause = pulse.beat();
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

/** Excel writes UTF-16 with a mark; whatever else is not UTF-8 is read as Latin 1. */
function decoded(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

function* piecesOf(text: string): Generator<string> {
  const step = 1 << 18;
  for (let at = 0; at < text.length; at += step) yield text.slice(at, at + step);
}

/** The one that most lines hold equally often, outside quotes. */
function separatorOf(sample: string): string {
  const lines = sample
    .replaceAll(/"[^"\n]*"/g, '')
    .split(/\r\n|[\r\n]/)
    .filter((line) => line.trim() !== '');
  const checked = (lines.length > 2 ? lines.slice(0, -1) : lines).slice(0, 50);
  let best = ',';
  let most = 0;
  for (const separator of ['\t', ',', ';', '|', ' ']) {
    const counts = checked.map((line) => line.trim().split(separator).length - 1);
    const common = Math.max(...counts);
    const share = counts.filter((count) => count === common && count > 0).length;
    if (share > most) [best, most] = [separator, share];
  }
  return best;
}
