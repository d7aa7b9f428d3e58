// Reads rows by number straight from the packed file into a buffer, by positional reads. Knows nothing of
// splits, labels or order.
import { read } from 'node:fs';
import { failure } from '../../shared/errors.ts';
import type { TensorFile } from './tensor-file.ts';

export type RowReader = (rows: Int32Array, into: Uint8Array) => Promise<void>;

/** So many reads are handed to the system at once; more only grows its queue. */
const MAX_PARALLEL_READS = 256;

/**
 * `offset` is where row 0 begins in the file. All reads are submitted before the first is awaited: a
 * caller that then blocks the thread (a training step) still gets its rows, from the system's threads.
 */
export function fileRows(file: TensorFile, offset: number, rowBytes: number): RowReader {
  return async (rows, into) => {
    requireRoom(rows, rowBytes, into);
    const runs = consecutiveRuns(rows);
    for (let first = 0; first < runs.length; first += MAX_PARALLEL_READS) {
      await Promise.all(
        runs.slice(first, first + MAX_PARALLEL_READS).map(({ start, length }) => {
          const target = into.subarray(start * rowBytes, (start + length) * rowBytes);
          return readAt(file, target, offset + (rows[start] ?? 0) * rowBytes);
        }),
      );
    }
  };
}

/** Rows that follow one another in the file are read together (evaluation, unshuffled epochs). */
function consecutiveRuns(rows: Int32Array): { start: number; length: number }[] {
  const runs: { start: number; length: number }[] = [];
  for (let start = 0; start < rows.length;) {
    let end = start + 1;
    while (end < rows.length && rows[end] === (rows[end - 1] ?? 0) + 1) end++;
    runs.push({ start, length: end - start });
    start = end;
  }
  return runs;
}

function readAt(file: TensorFile, into: Uint8Array, position: number): Promise<void> {
  // The callback form: a promise per read of the file handle costs as much as the read.
  return new Promise((resolve, reject) => {
    read(file.handle.fd, into, 0, into.length, position, (error, bytesRead) => {
      if (error !== null) {
        reject(
          failure('read-failed', `${file.path} could not be read: ${error.message}.`, {
            path: file.path,
            cause: error,
          }),
        );
      } else if (bytesRead < into.length && bytesRead > 0) {
        resolve(readAt(file, into.subarray(bytesRead), position + bytesRead));
      } else if (bytesRead < into.length) {
        reject(
          failure(
            'read-failed',
            `${file.path} ends too early; open the dataset again to rebuild it.`,
            {
              path: file.path,
            },
          ),
        );
      } else {
        resolve();
      }
    });
  });
}

function requireRoom(rows: Int32Array, rowBytes: number, into: Uint8Array): void {
  if (into.length >= rows.length * rowBytes) return;
  throw new Error(`${rows.length} rows of ${rowBytes} bytes do not fit into ${into.length} bytes.`);
}
