// A trained network in other programs' formats: the trainer writes them, programs to use them are put beside
// them, and what is installed here of those programs' runtimes computes the same images again.
import fs from 'node:fs';
import path from 'node:path';
import { hasErrorCode, inputError } from '../../shared/errors.ts';
import type { Agreement } from '../../shared/contract/app/exports.ts';
import type { ExportFacts, ExportFormat, WeightsFrom } from '../../shared/contract/trainer.ts';
import { checkExport } from './export-agreement.ts';
import type { HostParts } from './host-parts.ts';
import { exportScripts } from './program-files.ts';
import { writeFormats, type JobOptions } from './weights-jobs.ts';

/** Enough to see a wrong normalization or order of classes, few enough to look at. */
export const CHECK_IMAGES = 16;

export interface ExportRequest {
  readonly weights: WeightsFrom;
  readonly formats: readonly ExportFormat[];
  /** Absolute; made if it is not there, and else empty. */
  readonly folder: string;
  readonly foldsBatchNorm: boolean;
  readonly checkImages: number;
}

export interface ExportResult extends ExportFacts {
  readonly folder: string;
  readonly agreements: readonly Agreement[];
}

/**
 * The folder appears when everything is in it.
 * @throws inputError `folder-not-empty`; failure `export-not-written`; or what is wrong with the weights
 */
export async function exportRun(
  parts: HostParts,
  { folder, ...request }: ExportRequest,
  options: JobOptions & { readonly appVersion: string },
): Promise<ExportResult> {
  requireEmpty(folder);
  const partial = `${folder}.partial-${process.pid}`;
  fs.mkdirSync(partial, { recursive: true });
  try {
    const { appVersion, ...jobOptions } = options;
    const facts = await writeFormats(
      parts,
      { ...request, formats: [...request.formats], folder: partial, appVersion },
      jobOptions,
    );
    const files = [...facts.files, ...copyScripts(partial, request.formats, facts)];
    options.onEvent?.({ kind: 'preparing', message: 'Computing the images with what was written' });
    const agreements = await checkExport(partial, { env: parts.env, signal: options.signal });
    const result = { ...facts, files, folder, agreements };
    fs.writeFileSync(path.join(partial, 'agreement.json'), `${JSON.stringify(result, null, 1)}\n`);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(partial, folder);
    return result;
  } finally {
    fs.rmSync(partial, { recursive: true, force: true });
  }
}

function requireEmpty(folder: string): void {
  try {
    if (fs.readdirSync(folder).length === 0) return;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return;
    throw inputError(
      'bad-folder',
      `${folder} can't be written to as a folder: choose another place for the export.`,
      { path: folder, cause: error },
    );
  }
  throw inputError(
    'folder-not-empty',
    `${folder} is not empty, and an export overwrites nothing; name a new folder.`,
    { path: folder },
  );
}

/** Programs that use and check the files. */
function copyScripts(
  folder: string,
  formats: readonly ExportFormat[],
  { checkImages }: ExportFacts,
): ExportFacts['files'] {
  const names = [
    ...(formats.includes('pytorch') ? ['network.py', 'classify.py'] : []),
    ...(checkImages > 0 ? ['check.py'] : []),
    ...(checkImages > 0 && formats.includes('onnx') ? ['check-onnx.cjs'] : []),
  ];
  return names.map((file) => {
    const text = fs.readFileSync(path.join(exportScripts(), file));
    fs.writeFileSync(path.join(folder, file), text);
    return { file, sizeBytes: text.byteLength };
  });
}
