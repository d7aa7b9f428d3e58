// Reading the files of a dataset without waiting for them here: in a reader process where the program is
// bundled. Tests run the sources, which no process can be started from; they read here, with the same functions.
// A host that serves many reads in this way; a trainer, which has its process to itself, opens datasets directly.
import { helperProgram } from '../../system/helper-process.ts';
import { BUILTIN_PREFIX } from '../builtin.ts';
import { readDatasetFile, type DatasetFile } from '../dataset-file.ts';
import type { Dataset } from '../dataset.ts';
import { openDataset, openPrepared, type OpenOptions } from '../open.ts';
import { previewDataset, type DatasetOverview } from '../preview.ts';
import type { Opening } from './reader-contract.ts';
import { askReader } from './reader-process.ts';

/** As `openDataset`. @throws also `no-answer`, `reader-failed` */
export async function openDatasetOutside(
  options: OpenOptions,
  program = helperProgram('reader'),
): Promise<Dataset> {
  // What the program draws itself has no files.
  if (program === undefined || options.source.startsWith(BUILTIN_PREFIX)) {
    return openDataset(options);
  }
  const { opening, watch } = parted(options);
  const prepared = await askReader(
    { program, source: options.source, ...watch },
    (client, listening) => client.perform('prepare', opening, listening),
  );
  return openPrepared(prepared, options);
}

/** As `previewDataset`. @throws also `no-answer`, `reader-failed` */
export async function previewDatasetOutside(
  options: OpenOptions,
): Promise<DatasetOverview | undefined> {
  const program = helperProgram('reader');
  if (program === undefined) return previewDataset(options);
  const { opening, watch } = parted(options);
  const { overview } = await askReader(
    { program, source: options.source, ...watch },
    (client, listening) => client.perform('preview', opening, listening),
  );
  return overview;
}

/** As `readDatasetFile`. @throws also `no-answer`, `reader-failed` */
export async function readDatasetFileOutside(source: string, file: string): Promise<DatasetFile> {
  const program = helperProgram('reader');
  if (program === undefined) return readDatasetFile(source, file);
  const { sizeBytes, type, bytes } = await askReader({ program, source }, (client, listening) =>
    client.perform('file', { source, file }, listening),
  );
  return { sizeBytes, type, bytes: new Uint8Array(bytes) };
}

function parted({ onProgress, signal, ...opening }: OpenOptions): {
  readonly opening: Opening;
  readonly watch: Pick<OpenOptions, 'onProgress' | 'signal'>;
} {
  return { opening, watch: { onProgress, signal } };
}
