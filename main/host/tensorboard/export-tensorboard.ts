// Event files of runs that are in the library, each in a folder of its own below `folder`, so that
// TensorBoard lists them beside each other.
import fs from 'node:fs';
import { inputError } from '../../../shared/errors.ts';
import type { Library } from '../../store/library.ts';
import { writeEventFile } from './event-file.ts';
import { requireWritable } from './live-tensorboard.ts';
import { runRecords } from './run-records.ts';

export interface TensorboardFile {
  readonly run: string;
  readonly file: string;
  readonly sizeBytes: number;
}

/** @throws inputError before anything is written, if a reference names no run */
export function exportTensorboard(
  library: Library,
  references: readonly string[],
  folder: string,
): readonly TensorboardFile[] {
  const runs = references.map((reference) => library.runs.get(reference));
  if (runs.length === 0) {
    throw inputError('no-runs', 'Name the runs whose event files are to be written.');
  }
  requireWritable(folder);
  return [...new Map(runs.map((run) => [run.id, run])).values()].map((run) => {
    const file = writeEventFile(folder, run, runRecords(library, run));
    return { run: run.id, file, sizeBytes: fs.statSync(file).size };
  });
}
