// TensorBoard beside a run: an event file that grows as points are stored. Which folder is a file in the
// run's own folder, so that a run that goes on, from any window or terminal, goes on there too. The library
// is the truth: whenever a training begins, the file is written anew from it, so a killed process leaves
// neither gaps nor doubled steps. A folder that can't be written costs a warning, never the training.
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { inputError, messageOf } from '../../../shared/errors.ts';
import { scalarRecords } from '../../export/tensorboard/scalar-events.ts';
import type { Library } from '../../store/library.ts';
import type { RunRecord } from '../../store/run-record.ts';
import type { SeriesBatch } from '../../store/series.ts';
import { appendRecords, writeEventFile } from './event-file.ts';
import { clockOf, endRecord, runRecords } from './run-records.ts';

const FILE = 'tensorboard.json';
const Wish = z.object({ folder: z.string().min(1) });

export interface LiveTensorboard {
  /** The library has what the run goes on from. */
  begin(): void;
  /** These points are in the library. */
  add(batches: readonly SeriesBatch[]): void;
  /** The library knows how the run ended. */
  end(run: RunRecord): void;
}

/**
 * The run writes event files below this folder from its next start on.
 * @throws inputError `tensorboard-folder` where that is impossible
 */
export function followWithTensorboard(library: Library, id: string, folder: string): void {
  requireWritable(folder);
  const runFolder = library.runFolder(id);
  fs.mkdirSync(runFolder, { recursive: true });
  fs.writeFileSync(path.join(runFolder, FILE), JSON.stringify({ folder: path.resolve(folder) }));
}

/** Before a run is made. */
export function requireWritable(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.accessSync(folder, fs.constants.W_OK);
  } catch (error) {
    throw inputError(
      'tensorboard-folder',
      `TensorBoard's files can't be written to ${folder}: ${messageOf(error)}. Choose a folder that you may write to.`,
      { path: folder, cause: error },
    );
  }
}

/** What nobody asked to follow does nothing. `warn` is called once, with a sentence. */
export function liveTensorboard(
  library: Library,
  id: string,
  warn: (message: string) => void,
): LiveTensorboard {
  let root = wishOf(library, id, warn);
  let file: string | undefined;
  const attempt = (work: (root: string) => void): void => {
    if (root === undefined) return;
    try {
      work(root);
    } catch (error) {
      warn(
        `TensorBoard's file is not written any further, because ${messageOf(error)}. \`resnet-lab export ${id} --format tensorboard\` writes it afterwards.`,
      );
      root = undefined;
    }
  };
  return {
    begin: () => {
      attempt((folder) => {
        const run = library.runs.get(id);
        file = writeEventFile(folder, run, runRecords(library, run));
      });
    },
    add: (batches) => {
      attempt(() => {
        if (file === undefined) return;
        appendRecords(file, scalarRecords(batches, clockOf(library.runs.get(id))));
      });
    },
    end: (run) => {
      attempt(() => {
        if (file !== undefined) appendRecords(file, [endRecord(run)]);
      });
    },
  };
}

function wishOf(library: Library, id: string, warn: (message: string) => void): string | undefined {
  const file = path.join(library.runFolder(id), FILE);
  if (!fs.existsSync(file)) return undefined;
  try {
    return Wish.parse(JSON.parse(fs.readFileSync(file, 'utf8'))).folder;
  } catch (error) {
    warn(`${file} does not say where TensorBoard's files belong: ${messageOf(error)}.`);
    return undefined;
  }
}
