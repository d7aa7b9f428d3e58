// Networks for other programs, and whatever else was made for a page to fetch.
import fs from 'node:fs';
import path from 'node:path';
import { failure } from '../../../shared/errors.ts';
import { exportRun, CHECK_IMAGES, type ExportResult } from '../export-run.ts';
import type { HostParts } from '../host-parts.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { saveFile, savedFiles } from '../saved-files.ts';
import { classifierOfRun } from '../weights-jobs.ts';
import type { HandlersOf } from './handlers.ts';
import type { KeptFiles } from './kept-files.ts';

export function createExportService(
  parts: HostParts,
  { scheduler, kept }: { readonly scheduler: Scheduler; readonly kept: KeptFiles },
): HandlersOf<'exports'> {
  return {
    'exports.network': async ({ run, formats, foldsBatchNorm }, { signal, emit }) => {
      const { weights, runId } = classifierOfRun(parts.library, run, { what: 'An export' });
      let result: ExportResult | undefined;
      const files = await kept.keep(`${runId}-network`, async (folder) => {
        result = await scheduler.submit({
          id: `export of ${runId} ${Date.now()}`,
          kind: 'export',
          priority: 'urgent',
          signal,
          work: ({ place, stop, abandon }) =>
            exportRun(
              parts,
              { weights, formats, folder, foldsBatchNorm, checkImages: CHECK_IMAGES },
              {
                appVersion: parts.codeVersion,
                device: place.device,
                signal: AbortSignal.any([signal, stop, abandon]),
                onEvent: ({ message, fraction }) => {
                  const progress = { message, ...(fraction === undefined ? {} : { fraction }) };
                  void emit({ kind: 'progress', progress }, { latest: 'progress' });
                },
              },
            ),
        });
        return filesBelow(folder);
      });
      if (result === undefined) throw failure('export-not-written', 'Nothing was exported.');
      const { checkImages, unchecked, agreements } = result;
      await emit({
        kind: 'done',
        ...{ kept: files, checkImages, agreements: [...agreements] },
        ...(unchecked === undefined ? {} : { unchecked }),
      });
    },
    'exports.files': ({ id }) => {
      const { library } = parts;
      return Promise.resolve({ files: savedFiles(library, library.runs.get(id)) });
    },
    'exports.file': async ({ id, key }) => {
      const { library } = parts;
      const run = library.runs.get(id);
      return await kept.keep(`${run.id}-${key}`, (folder) =>
        Promise.resolve([saveFile(library, run, { key, folder })]),
      );
    },
    'exports.read': async ({ export: key, file, offset }) => ({
      bytes: await kept.read(key, file, offset),
    }),
  };
}

function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}
