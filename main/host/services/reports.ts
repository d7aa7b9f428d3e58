// Reports for the page: documents, what they look like now, and files made of them. Exports lie in a
// temporary folder until the page has fetched them.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { ReportDocument } from '../../../shared/contract/app/reports.ts';
import { metricsOf } from '../../../shared/compare/measure.ts';
import { failure, inputError } from '../../../shared/errors.ts';
import { changesOf, compose } from '../../reports/compose.ts';
import { allRuns } from '../../reports/report-data.ts';
import { writeZip } from '../../reports/zip-writer.ts';
import type { ReportRecord } from '../../store/reports.ts';
import { compareRuns } from '../compared-runs.ts';
import { draftReport } from '../draft-report.ts';
import type { HostParts } from '../host-parts.ts';
import { importBundle, newReportId } from '../import-bundle.ts';
import { gatherReport } from '../report-data.ts';
import { reportAround, withBlock, withCitedRuns, withNewMarks } from '../report-runs.ts';
import { writeReport } from '../write-report.ts';
import type { HandlersOf } from './handlers.ts';

const keptMs = 3600 * 1000;
const pieceBytes = 4 * 2 ** 20;

export interface ReportsService {
  readonly handlers: HandlersOf<'reports'>;
  close(): Promise<void>;
}

export function createReportsService(
  { library, codeVersion, printPdf, pageScript }: HostParts,
  options: { readonly onImported: () => void },
): ReportsService {
  const exports = new Map<
    string,
    { readonly folder: string; readonly files: readonly string[]; readonly timer: NodeJS.Timeout }
  >();
  const drop = async (id: string): Promise<void> => {
    const kept = exports.get(id);
    if (kept === undefined) return;
    exports.delete(id);
    clearTimeout(kept.timer);
    await fs.rm(kept.folder, { recursive: true, force: true });
  };
  const documentOf = (id: string): ReportDocument => parse(library.reports.get(id));

  const handlers: HandlersOf<'reports'> = {
    'reports.list': () =>
      Promise.resolve({
        reports: library.reports.list().flatMap((record) => {
          const document = ReportDocument.safeParse(record.document).data;
          if (document === undefined) return [];
          const { id, updatedAt } = record;
          return [{ id, title: document.title, runs: document.runs.length, updatedAt }];
        }),
      }),
    'reports.get': ({ id }) => {
      const record = library.reports.get(id);
      const { createdAt, updatedAt } = record;
      return Promise.resolve({ id, createdAt, updatedAt, document: parse(record) });
    },
    'reports.preview': ({ document }) => {
      const data = gatherReport(library, document, codeVersion);
      return Promise.resolve({
        blocks: compose(data).map(({ id, pieces }) => ({ id, pieces })),
        changes: changesOf(data),
        metrics: [...metricsOf(allRuns(data))],
      });
    },
    'reports.draft': ({ runs: ids, ...choices }) => {
      const { runs } = compareRuns(library, ids, { lastK: choices.lastK ?? 5 });
      if (runs.length === 0) {
        throw inputError(
          'no-runs',
          'None of these runs is in the library any more; choose others.',
        );
      }
      const id = newReportId();
      library.reports.save(id, draftReport(runs, choices));
      return Promise.resolve({ id });
    },
    'reports.addBlock': ({ report, block, title }) => {
      const id = report ?? newReportId();
      const document =
        report === null
          ? reportAround(library, block, title)
          : withCitedRuns(library, withBlock(documentOf(report), block));
      library.reports.save(id, document);
      return Promise.resolve({ id, title: document.title });
    },
    'reports.save': ({ id, document }) => {
      library.reports.get(id);
      library.reports.save(id, withCitedRuns(library, document));
      return Promise.resolve({});
    },
    'reports.duplicate': ({ id }) => {
      const document = documentOf(id);
      const copy = newReportId();
      library.reports.save(copy, { ...document, title: `${document.title.slice(0, 290)} (copy)` });
      return Promise.resolve({ id: copy });
    },
    'reports.delete': ({ id }) => {
      library.reports.delete(id);
      return Promise.resolve({});
    },
    'reports.restore': ({ id }) => {
      library.reports.restore(id);
      return Promise.resolve({});
    },
    'reports.refresh': ({ id }) => {
      library.reports.save(id, withNewMarks(library, documentOf(id)));
      return Promise.resolve({});
    },
    'reports.export': async ({ id, format, withCheckpoints }, { signal }) => {
      const document = documentOf(id);
      const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'resnet-lab-export-'));
      const key = randomUUID();
      const timer = setTimeout(() => void drop(key), keptMs);
      timer.unref();
      exports.set(key, { folder, files: [], timer });
      try {
        const written = await writeReport(library, document, format, folder, {
          ...{ codeVersion, withCheckpoints, printPdf, pageScript, signal },
        });
        const files = await oneFile(folder, written, `report-${format}`);
        exports.set(key, { folder, files, timer });
        const sizes = await Promise.all(files.map((name) => fs.stat(path.join(folder, name))));
        return {
          export: key,
          files: files.map((name, i) => ({ name, sizeBytes: sizes[i]?.size ?? 0 })),
        };
      } catch (error) {
        await drop(key);
        throw error;
      }
    },
    'reports.readExport': async ({ export: key, file, offset }) => {
      const kept = exports.get(key);
      const name = kept?.files[file];
      if (kept === undefined || name === undefined) {
        throw failure('export-gone', 'These files are no longer kept; export the report again.');
      }
      const handle = await fs.open(path.join(kept.folder, name));
      try {
        const bytes = new Uint8Array(pieceBytes);
        const { bytesRead } = await handle.read(bytes, 0, pieceBytes, offset);
        return { bytes: bytes.slice(0, bytesRead) };
      } finally {
        await handle.close();
      }
    },
    'reports.import': async ({ source }) => {
      try {
        const imported = await importBundle(library, source);
        options.onImported();
        return imported;
      } finally {
        // A bundle that could not be read would be sent anew anyway.
        await removeUpload(library.folder, source);
      }
    },
  };
  return {
    handlers,
    close: async () => {
      for (const id of [...exports.keys()]) await drop(id);
    },
  };
}

/**
 * A browser saves files without their folders, so that links between them break: several go into one zip,
 * in a folder of its name.
 */
async function oneFile(
  folder: string,
  files: readonly string[],
  name: string,
): Promise<readonly string[]> {
  if (files.length < 2) return files;
  const zip = `${name}.zip`;
  await writeZip(
    path.join(folder, zip),
    files.map((file) => ({ name: `${name}/${file}`, file: path.join(folder, file) })),
  );
  return [zip];
}

/** What the page sent is in the library now; a bundle elsewhere on the host stays where it is. */
async function removeUpload(folder: string, source: string): Promise<void> {
  const uploads = path.join(folder, 'uploads');
  const [upload = ''] = path.relative(uploads, source).split(path.sep);
  if (!/^u-[0-9a-f]{24}$/.test(upload)) return;
  await fs.rm(path.join(uploads, upload), { recursive: true, force: true });
}

function parse(record: ReportRecord): ReportDocument {
  const parsed = ReportDocument.safeParse(record.document);
  if (parsed.success) return parsed.data;
  throw failure(
    'report-unreadable',
    `The report ${record.id} was made by another version of ResNet Lab. Open it with that version.`,
  );
}
