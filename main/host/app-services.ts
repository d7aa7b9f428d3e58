// Everything behind the app's contract, on one library: answers for any number of pages, the queue with
// its trainers, and the watch on what other processes do. Knows no wire and no window.
import type { Capabilities } from '../../shared/contract/app/system.ts';
import type { HostParts } from './host-parts.ts';
import { createRunScheduler } from './scheduling/run-scheduler.ts';
import { AugmentPreview } from './services/augment-preview.ts';
import { createCompareService } from './services/compare.ts';
import { createCurveService } from './services/curves.ts';
import { createDatasetService } from './services/datasets.ts';
import type { AppHandlers } from './services/handlers.ts';
import { createLibraryService, takeCare } from './services/library-check.ts';
import { watchLibrary } from './services/library-watch.ts';
import { requireMemory } from './services/memory-check.ts';
import { createImportService } from './services/imports.ts';
import { createMistakeService } from './services/mistakes.ts';
import { createOutputService } from './services/outputs.ts';
import { createOpenDatasets } from './services/open-datasets.ts';
import { createExportService } from './services/exports.ts';
import { KeptFiles } from './services/kept-files.ts';
import { PredictionService } from './services/predictions.ts';
import { createPresetService } from './services/presets.ts';
import { purgeExpired } from './services/purge.ts';
import { createReportsService } from './services/reports.ts';
import { createRunEventHub } from './services/run-event-hub.ts';
import { publishRunEvent } from './services/run-news.ts';
import { toRunRow } from './services/run-rows.ts';
import { createRunsService } from './services/runs.ts';
import { createSeriesService } from './services/series.ts';
import { createStudyService } from './services/studies.ts';
import { createSystemMonitor } from './services/system-state.ts';
import { createSystemService, readSettings, type DesktopHandlers } from './services/system.ts';
import { isUploadUsed } from './services/upload-use.ts';
import { UploadService } from './services/uploads.ts';
import { createZooService } from './services/zoo.ts';

export interface AppServicesOptions {
  /** What this host can do beyond a browser; nothing by default. */
  readonly capabilities?: Partial<Capabilities>;
  /** Answers that need a desktop. */
  readonly desktop?: DesktopHandlers;
  /** How often other processes' changes are looked for. */
  readonly pollIntervalMs?: number;
  /** What went wrong where nobody waits for an answer. */
  readonly onError?: (error: unknown) => void;
}

export interface AppServices {
  readonly handlers: AppHandlers;
  /** Runs that this host trains now. */
  activeRuns(): number;
  /**
   * Checkpoints what is being trained, so that it goes on at the next start, and lets go of everything
   * but the library, which is its opener's. Trainers that take longer than `graceMs` are ended.
   */
  close(graceMs?: number): Promise<void>;
}

const noCapabilities: Capabilities = {
  pickFolder: false,
  dropPath: false,
  revealFile: false,
  printPdf: false,
};

const dayMs = 24 * 3600 * 1000;
/** The page has come up by then. */
const checkAfterMs = 10_000;

export function createAppServices(parts: HostParts, options: AppServicesOptions = {}): AppServices {
  const { library, env } = parts;
  const { onError = (error: unknown) => console.error(error) } = options;
  const hub = createRunEventHub();
  const opened = createOpenDatasets(library.cacheFolder);
  const uploads = new UploadService({
    libraryFolder: library.folder,
    isUsed: (id) => isUploadUsed(library, id),
  });
  const discardUpload = (source: string): Promise<unknown> => uploads.discard(source);
  const preview = new AugmentPreview(parts);
  const predictions = new PredictionService(parts);
  const { scheduler, backlog } = createRunScheduler({
    parts,
    resumesRuns: () => readSettings(library).resumeRuns,
    requireMemory: (run, place) => {
      // What the trainers for questions hold, the training may need.
      preview.rest();
      predictions.rest();
      return requireMemory({ library, env }, run, place);
    },
    afterFinish: async (run, turn) => {
      try {
        await mistakes.compute(run, turn);
      } catch (error) {
        // The run is finished all the same; its mistakes are computed when somebody asks.
        if (!turn.stop.aborted) onError(error);
      }
    },
    onEvent: (id, event) => publishRunEvent(hub, id, event, () => watch.look()),
    onSaved: (id, step) => hub.publish({ kind: 'points', id, step }),
    // What has ended has no place in the queue.
    onHeld: (run) => hub.publish({ kind: 'changed', run: toRunRow(run, new Map()) }),
    onChange: () => watch.look(),
    onError,
  });
  const watch = watchLibrary({
    library,
    hub,
    onChange: () => scheduler.look(),
    isOwn: (id) => scheduler.isRunning(id),
    onError,
    ...(options.pollIntervalMs === undefined ? {} : { intervalMs: options.pollIntervalMs }),
  });
  const mistakes = createMistakeService(parts, scheduler);
  const studies = createStudyService({ parts, scheduler, backlog, hub, watch, onError });
  const kept = new KeptFiles();
  const monitor = createSystemMonitor({ library, scheduler, env });
  const tidy = (): void => {
    purgeExpired(library, onError);
    uploads.clean().catch(onError);
  };
  const closing = new AbortController();
  const care = (): void => {
    takeCare(library, { signal: closing.signal }).catch((error: unknown) => {
      if (!closing.signal.aborted) onError(error);
    });
  };
  const daily = setInterval(() => {
    tidy();
    care();
  }, dayMs);
  daily.unref();
  const first = setImmediate(tidy);
  // What is damaged is named in the list at once; the structure of the file is looked at when the page has
  // had its turn.
  const check = setTimeout(care, checkAfterMs);
  check.unref();
  try {
    scheduler.look();
    studies.begin();
  } catch (error) {
    // On a full disk nothing can go on, but everything can be looked at.
    onError(error);
  }

  return {
    handlers: {
      ...createSystemService({
        parts,
        monitor,
        capabilities: { ...noCapabilities, ...options.capabilities },
        desktop: options.desktop ?? {},
      }),
      ...createZooService(),
      ...createDatasetService(library, { opened, uploads }),
      ...uploads.handlers,
      ...preview.handlers,
      ...predictions.handlers,
      ...createRunsService({ parts, scheduler, backlog, hub, watch, mistakes }),
      ...createOutputService(parts, scheduler),
      ...createSeriesService(library),
      ...createCompareService(library),
      ...createCurveService(library),
      ...createImportService(library, { onImported: () => watch.look(), discardUpload }),
      ...createReportsService(parts, {
        ...{ kept, scheduler, discardUpload },
        onImported: () => watch.look(),
      }),
      ...createExportService(parts, { scheduler, kept }),
      ...studies.handlers,
      ...createPresetService(library),
      ...createLibraryService(library),
    },
    activeRuns: () => scheduler.active.filter(({ kind }) => kind === 'training').length,
    close: async (graceMs) => {
      clearImmediate(first);
      clearInterval(daily);
      clearTimeout(check);
      closing.abort();
      watch.close();
      monitor.close();
      studies.close();
      const idleEnds = Promise.all([preview.close(), predictions.close()]);
      await scheduler.close(graceMs);
      hub.close();
      await kept.close();
      await idleEnds;
      await opened.close();
    },
  };
}
