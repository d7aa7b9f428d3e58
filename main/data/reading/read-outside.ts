// Reading the files of a dataset without waiting for them here: in a reader process where the program is
// bundled. Tests run the sources, which no process can be started from; they read here, with the same functions.
// A host that serves many reads in this way; a trainer, which has its process to itself, opens datasets directly.
import { helperProgram } from '../../system/helper-process.ts';
import { BUILTIN_PREFIX } from '../builtin.ts';
import { findCurveFiles, readCurveFile, type CurveFile, type CurveFiles } from '../curve-files.ts';
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

export interface CurveSource extends CurveFiles {
  readonly files: readonly (CurveFile & { readonly bytes: Uint8Array })[];
}

/** The files of `findCurveFiles` with their bytes. @throws also `no-answer`, `reader-failed` */
export async function readCurvesOutside(
  source: string,
  program = helperProgram('reader'),
): Promise<CurveSource> {
  if (program === undefined) {
    return withBytes(await findCurveFiles(source), readCurveFile);
  }
  return askReader({ program, source }, async (client, listening) =>
    withBytes(await client.perform('findCurves', { source }, listening), async (file) => {
      const { bytes } = await client.perform('curveFile', { file }, listening);
      return bytes;
    }),
  );
}

async function withBytes(
  found: CurveFiles,
  read: (file: string) => Promise<Uint8Array>,
): Promise<CurveSource> {
  const files: CurveSource['files'][number][] = [];
  for (const one of found.files) files.push({ ...one, bytes: await read(one.file) });
  return { ...found, files };
}

function parted({ onProgress, signal, ...opening }: OpenOptions): {
  readonly opening: Opening;
  readonly watch: Pick<OpenOptions, 'onProgress' | 'signal'>;
} {
  return { opening, watch: { onProgress, signal } };
}
