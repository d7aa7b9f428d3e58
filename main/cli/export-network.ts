// `export --format onnx,pytorch,…`: the network of a run in other programs' formats, and whether they compute
// the same.
import path from 'node:path';
import type { Agreement } from '../../shared/contract/app/exports.ts';
import type { ExportFormat } from '../../shared/contract/trainer.ts';
import { formatBytes, formatSignificant } from '../../shared/format.ts';
import { codeVersion } from '../host/code-version.ts';
import type { ExportResult } from '../host/export-run.ts';
import type { Exported, ExportRequest } from './exporter.ts';
import { badOption, parseWhole } from './option-values.ts';
import { formatPreparing } from './run-progress.ts';
import { formatTable } from './table.ts';
import { chooseWeights } from './weight-options.ts';

export async function exportNetwork(
  formats: readonly ExportFormat[],
  { host, terminal, runs, folder, options }: ExportRequest,
): Promise<Exported> {
  const [run = '', ...others] = runs;
  if (others.length > 0) {
    throw badOption('--format', `${formats.join(', ')} is made of one run at a time; name one`);
  }
  const { checkpoint, fold = false } = options;
  const chosen = await chooseWeights(host, {
    run,
    ...(checkpoint === undefined ? {} : { checkpoint }),
  });
  const { exportRun } = await import('../host/export-run.ts');
  const result = await exportRun(
    host.parts,
    {
      ...{ weights: chosen.weights, formats, folder, foldsBatchNorm: fold },
      checkImages: parseWhole('--check-images', options.checkImages, 0),
    },
    { appVersion: codeVersion, onEvent: (event) => terminal.status(formatPreparing(event)) },
  );
  if (result.unchecked !== undefined) {
    terminal.note(`No images to check it with: ${result.unchecked}`);
  }
  return {
    document: { run: chosen.run?.id ?? run, ...result },
    text: () => formatResult(result),
    disagrees: result.agreements.some(isWrong),
  };
}

/** A runtime that sees another class in an image computes something else. */
function isWrong(agreement: Agreement): boolean {
  return 'images' in agreement && agreement.sameClass < agreement.images;
}

function formatResult({ folder, files, agreements }: ExportResult): string {
  const shown = files.filter(({ file }) => !file.startsWith('check/'));
  return [
    ...shown.map(({ file, sizeBytes }) => `${path.join(folder, file)}  ${formatBytes(sizeBytes)}`),
    '',
    formatAgreements(agreements),
  ].join('\n');
}

function formatAgreements(agreements: readonly Agreement[]): string {
  if (agreements.length === 0) return 'Not checked: no images went with it.';
  return formatTable(
    [
      { title: 'computed again by' },
      { title: 'format' },
      { title: 'same class', right: true },
      { title: 'largest difference', right: true },
    ],
    agreements.map((agreement) =>
      'images' in agreement
        ? [
            agreement.runtime,
            agreement.format,
            `${agreement.sameClass} of ${agreement.images}`,
            formatSignificant(agreement.largestDifference),
          ]
        : [`not checked: ${agreement.missing} is missing`, agreement.format, '', ''],
    ),
  );
}
