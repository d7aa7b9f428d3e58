// Reports for the page: documents, what they look like now, and files made of them.
import { ReportDocument } from '../../../shared/contract/app/reports.ts';
import type { Progress } from '../../../shared/contract/app/common.ts';
import { metricsOf } from '../../../shared/compare/measure.ts';
import { failure, inputError } from '../../../shared/errors.ts';
import { changesOf, compose } from '../../reports/compose.ts';
import type { CarriedNetwork } from '../../reports/html.ts';
import { allRuns, type ReportData } from '../../reports/report-data.ts';
import type { ReportRecord } from '../../store/reports.ts';
import { carriedNetwork } from '../carried-network.ts';
import { compareRuns } from '../compared-runs.ts';
import { draftReport } from '../draft-report.ts';
import type { HostParts } from '../host-parts.ts';
import { importBundle, newReportId } from '../import-bundle.ts';
import { gatherReport } from '../report-data.ts';
import { reportAround, withBlock, withCitedRuns, withNewMarks } from '../report-runs.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { writeReport } from '../write-report.ts';
import type { HandlersOf } from './handlers.ts';
import type { KeptFiles } from './kept-files.ts';

export interface ReportServiceOptions {
  readonly files: KeptFiles;
  readonly scheduler: Scheduler;
  readonly onImported: () => void;
  /** What the page sent is in the library then; a bundle elsewhere on the host stays. */
  readonly discardUpload: (source: string) => Promise<unknown>;
}

export class ReportService {
  readonly #parts: HostParts;
  readonly #options: ReportServiceOptions;

  constructor(parts: HostParts, options: ReportServiceOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  readonly handlers: HandlersOf<'reports'> = {
    'reports.list': () =>
      Promise.resolve({
        reports: this.#parts.library.reports.list().flatMap((record) => {
          const document = ReportDocument.safeParse(record.document).data;
          if (document === undefined) return [];
          const { id, updatedAt } = record;
          return [{ id, title: document.title, runs: document.runs.length, updatedAt }];
        }),
      }),
    'reports.get': ({ id }) => {
      const record = this.#parts.library.reports.get(id);
      const { createdAt, updatedAt } = record;
      return Promise.resolve({ id, createdAt, updatedAt, document: parse(record) });
    },
    'reports.preview': ({ document }) => {
      const data = gatherReport(this.#parts.library, document, this.#parts.codeVersion);
      return Promise.resolve({
        blocks: compose(data).map(({ id, pieces }) => ({ id, pieces })),
        changes: changesOf(data),
        metrics: [...metricsOf(allRuns(data))],
        networks: networksIn(data, this.#parts.networkScript),
      });
    },
    'reports.draft': ({ runs: ids, ...choices }) => {
      const { runs } = compareRuns(this.#parts.library, ids, { lastK: choices.lastK ?? 5 });
      if (runs.length === 0) {
        throw inputError(
          'no-runs',
          'None of these runs is in the this.#parts.library any more; choose others.',
        );
      }
      const id = newReportId();
      this.#parts.library.reports.save(id, draftReport(runs, choices));
      return Promise.resolve({ id });
    },
    'reports.addBlock': ({ report, block, title }) => {
      const id = report ?? newReportId();
      const document =
        report === null
          ? reportAround(this.#parts.library, block, title)
          : withCitedRuns(this.#parts.library, withBlock(this.#documentOf(report), block));
      this.#parts.library.reports.save(id, document);
      return Promise.resolve({ id, title: document.title });
    },
    'reports.save': ({ id, document }) => {
      this.#parts.library.reports.get(id);
      this.#parts.library.reports.save(id, withCitedRuns(this.#parts.library, document));
      return Promise.resolve({});
    },
    'reports.duplicate': ({ id }) => {
      const document = this.#documentOf(id);
      const copy = newReportId();
      this.#parts.library.reports.save(copy, {
        ...document,
        title: `${document.title.slice(0, 290)} (copy)`,
      });
      return Promise.resolve({ id: copy });
    },
    'reports.delete': ({ id }) => {
      this.#parts.library.reports.delete(id);
      return Promise.resolve({});
    },
    'reports.restore': ({ id }) => {
      this.#parts.library.reports.restore(id);
      return Promise.resolve({});
    },
    'reports.refresh': ({ id }) => {
      this.#parts.library.reports.save(id, withNewMarks(this.#parts.library, this.#documentOf(id)));
      return Promise.resolve({});
    },
    'reports.export': async ({ id, format, withCheckpoints }, { signal, emit }) => {
      const document = this.#documentOf(id);
      const { library, codeVersion, printPdf, pageScript, networkScript } = this.#parts;
      const onProgress = (progress: Progress): void =>
        void emit({ kind: 'progress', progress }, { latest: 'progress' });
      const kept = await this.#options.files.keep(`report-${format}`, (folder) =>
        writeReport(library, document, format, folder, {
          ...{ codeVersion, withCheckpoints, printPdf, pageScript, networkScript, signal },
          networkOf: (run) => this.#networkOf(run, { signal, onProgress }),
        }),
      );
      await emit({ kind: 'done', kept });
    },
    'reports.import': async ({ source }) => {
      try {
        const imported = await importBundle(this.#parts.library, source);
        this.#options.onImported();
        return imported;
      } finally {
        // A bundle that could not be read would be sent anew anyway.
        await this.#options.discardUpload(source);
      }
    },
  };

  #documentOf(id: string): ReportDocument {
    return parse(this.#parts.library.reports.get(id));
  }

  #networkOf(
    run: string,
    watch: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
  ): Promise<CarriedNetwork> {
    const { name, seed } = this.#parts.library.runs.get(run);
    const { signal } = watch;
    return this.#options.scheduler.submit({
      id: `network of ${run} for a report ${Date.now()}`,
      ...{ kind: 'export', priority: 'urgent', signal },
      work: ({ place, stop, abandon }) =>
        carriedNetwork(this.#parts, run, {
          device: place.device,
          signal: AbortSignal.any([signal, stop, abandon]),
          onEvent: ({ message, fraction }) =>
            watch.onProgress({
              message: `Network of ${name}, seed ${seed}: ${message}`,
              ...(fraction === undefined ? {} : { fraction }),
            }),
        }),
    });
  }
}

/** The networks that a page about these runs can carry, and what each would add to it. */
function networksIn(data: ReportData, networkScript: () => string) {
  const found = allRuns(data).flatMap(({ run }) => {
    const network = data.network(run.id);
    if (network === undefined || 'reason' in network) return [];
    return [{ run: run.id, label: `${run.name}, seed ${run.seed}`, network }];
  });
  if (found.length === 0) return [];
  const scriptBytes = Buffer.byteLength(networkScript());
  return found.map(({ run, label, network }) => ({
    ...{ run, label, sizeBytes: network.weightBytes + scriptBytes },
  }));
}

function parse(record: ReportRecord): ReportDocument {
  const parsed = ReportDocument.safeParse(record.document);
  if (parsed.success) return parsed.data;
  throw failure(
    'report-unreadable',
    `The report ${record.id} was made by another version of ResNet Lab. Open it with that version.`,
  );
}
