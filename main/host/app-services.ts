// Everything behind the app's contract, on one library: answers for any number of pages, the queue with
// its trainers, and the watch on what other processes do. Knows no wire and no window.
import type { Capabilities } from '../../shared/contract/app/system.ts';
import type { HostParts } from './host-parts.ts';
import { createRunScheduler, type RunScheduler } from './scheduling/run-scheduler.ts';
import { AugmentPreview } from './services/augment-preview.ts';
import { createCompareService } from './services/compare.ts';
import { createCurveService } from './services/curves.ts';
import { createDatasetDecisions } from './services/dataset-decisions.ts';
import { createDatasetImages } from './services/dataset-images.ts';
import { DatasetService } from './services/datasets.ts';
import type { AppHandlers } from './services/handlers.ts';
import { Housekeeping } from './services/housekeeping.ts';
import { createLibraryService } from './services/library-check.ts';
import { LibraryWatch } from './services/library-watch.ts';
import { requireMemory } from './services/memory-check.ts';
import { createImportService } from './services/imports.ts';
import { createMistakeService, type MistakeService } from './services/mistakes.ts';
import { OutputService } from './services/outputs.ts';
import { createOpenDatasets, type OpenDatasets } from './services/open-datasets.ts';
import { createExportService } from './services/exports.ts';
import { KeptFiles } from './services/kept-files.ts';
import { PredictionService } from './services/predictions.ts';
import { createPresetService } from './services/presets.ts';
import { ReportService } from './services/reports.ts';
import { createRunEventHub } from './services/run-event-hub.ts';
import { publishRunEvent } from './services/run-news.ts';
import { toRunRow } from './services/run-rows.ts';
import { createRunActions } from './services/run-actions.ts';
import { createRunRecords } from './services/run-records.ts';
import { RunsService } from './services/runs.ts';
import { createSeriesService } from './services/series.ts';
import { createProbeService } from './services/probes.ts';
import { StudyService } from './services/studies.ts';
import { SystemMonitor } from './services/system-state.ts';
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

const noCapabilities: Capabilities = {
  pickFolder: false,
  dropPath: false,
  revealFile: false,
  printPdf: false,
};

export class AppServices {
  readonly handlers: AppHandlers;
  readonly #parts: HostParts;
  readonly #onError: (error: unknown) => void;
  readonly #hub = createRunEventHub();
  readonly #files = new KeptFiles();
  readonly #opened: OpenDatasets;
  readonly #uploads: UploadService;
  readonly #preview: AugmentPreview;
  readonly #predictions: PredictionService;
  readonly #training: RunScheduler;
  readonly #watch: LibraryWatch;
  readonly #mistakes: MistakeService;
  readonly #studies: StudyService;
  readonly #monitor: SystemMonitor;
  readonly #housekeeping: Housekeeping;

  constructor(parts: HostParts, options: AppServicesOptions = {}) {
    const { library, env } = parts;
    const { onError = (error: unknown) => console.error(error) } = options;
    this.#parts = parts;
    this.#onError = onError;
    this.#opened = createOpenDatasets(library.cacheFolder);
    this.#uploads = new UploadService({
      libraryFolder: library.folder,
      isUsed: (id) => isUploadUsed(library, id),
    });
    this.#preview = new AugmentPreview(parts);
    this.#predictions = new PredictionService(parts);
    this.#training = this.#createScheduler();
    const { scheduler, backlog } = this.#training;
    this.#watch = new LibraryWatch({
      library,
      hub: this.#hub,
      onChange: () => scheduler.look(),
      isOwn: (id) => scheduler.isRunning(id),
      onError,
      intervalMs: options.pollIntervalMs,
    });
    this.#mistakes = createMistakeService(parts, scheduler);
    const [hub, watch] = [this.#hub, this.#watch];
    this.#studies = new StudyService({ parts, scheduler, backlog, hub, watch, onError });
    this.#monitor = new SystemMonitor({ library, scheduler, env });
    this.#housekeeping = new Housekeeping(library, { uploads: this.#uploads, onError });
    this.handlers = this.#createHandlers(options);
    this.#goOn();
  }

  /** Runs that this host trains now. */
  activeRuns(): number {
    return this.#training.scheduler.active.filter(({ kind }) => kind === 'training').length;
  }

  /**
   * Checkpoints what is being trained, so that it goes on at the next start, and lets go of everything
   * but the library, which is its opener's. Trainers that take longer than `graceMs` are ended.
   */
  async close(graceMs?: number): Promise<void> {
    this.#housekeeping.close();
    this.#watch.close();
    this.#monitor.close();
    this.#studies.close();
    const idleEnds = Promise.all([this.#preview.close(), this.#predictions.close()]);
    await this.#training.scheduler.close(graceMs);
    this.#hub.close();
    await this.#files.close();
    await idleEnds;
    await this.#opened.close();
  }

  #createScheduler(): RunScheduler {
    const parts = this.#parts;
    return createRunScheduler({
      parts,
      resumesRuns: () => readSettings(parts.library).resumeRuns,
      requireMemory: (run, place) => {
        // What the trainers for questions hold, the training may need.
        this.#preview.rest();
        this.#predictions.rest();
        return requireMemory(parts, run, place);
      },
      afterFinish: async (run, turn) => {
        try {
          await this.#mistakes.compute(run, turn);
        } catch (error) {
          // The run is finished all the same; its mistakes are computed when somebody asks.
          if (!turn.stop.aborted) this.#onError(error);
        }
      },
      onEvent: (id, event) => publishRunEvent(this.#hub, id, event, () => this.#watch.look()),
      onSaved: (id, step) => this.#hub.publish({ kind: 'points', id, step }),
      // What has ended has no place in the queue.
      onHeld: (run) => this.#hub.publish({ kind: 'changed', run: toRunRow(run, new Map()) }),
      onChange: () => this.#watch.look(),
      onError: this.#onError,
    });
  }

  #createHandlers({ capabilities, desktop = {} }: AppServicesOptions): AppHandlers {
    const parts = this.#parts;
    const { library } = parts;
    const training = { parts, ...this.#training, hub: this.#hub, watch: this.#watch };
    const { scheduler } = training;
    const datasets = { opened: this.#opened, uploads: this.#uploads };
    const imports = {
      onImported: () => this.#watch.look(),
      discardUpload: (source: string) => this.#uploads.discard(source),
    };
    return {
      ...createSystemService({
        parts,
        monitor: this.#monitor,
        capabilities: { ...noCapabilities, ...capabilities },
        desktop,
      }),
      ...createZooService(),
      ...new DatasetService(library, datasets).handlers,
      ...createDatasetDecisions(library, datasets),
      ...createDatasetImages(library, datasets),
      ...this.#uploads.handlers,
      ...this.#preview.handlers,
      ...this.#predictions.handlers,
      ...new RunsService({ ...training, mistakes: this.#mistakes }).handlers,
      ...createRunActions(training),
      ...createRunRecords(training),
      ...new OutputService(parts, scheduler).handlers,
      ...createSeriesService(library),
      ...createCompareService(library),
      ...createCurveService(library),
      ...createImportService(library, imports),
      ...new ReportService(parts, { ...imports, scheduler, files: this.#files }).handlers,
      ...createExportService(parts, { scheduler, kept: this.#files }),
      ...this.#studies.handlers,
      ...createProbeService(parts, scheduler),
      ...createPresetService(library),
      ...createLibraryService(library),
    };
  }

  /** With what waits or was under way. */
  #goOn(): void {
    try {
      this.#training.scheduler.look();
      this.#studies.begin();
    } catch (error) {
      // On a full disk nothing can go on, but everything can be looked at.
      this.#onError(error);
    }
  }
}
