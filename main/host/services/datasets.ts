// Datasets for the page: which are known, and what is in one. The answers come from the packed cache; nothing
// here trains or changes a source.
import type { DataOptions, DatasetReport } from '../../../shared/contract/app/datasets.ts';
import { pixelRulesOf } from '../../../shared/spec/pixel-rules.ts';
import { DataSpec, newDataSpec, NO_DECISIONS } from '../../../shared/spec/run.ts';
import { BUILTIN_PREFIX } from '../../data/builtin.ts';
import { dataSpecOptions } from '../../data/data-spec-options.ts';
import type { Dataset } from '../../data/dataset.ts';
import { inspectDataset } from '../../data/inspect.ts';
import type { DataProgress, Watch } from '../../data/progress.ts';
import { openDatasetOutside, previewDatasetOutside } from '../../data/reading/read-outside.ts';
import type { Emit } from '../../../shared/rpc/contract-types.ts';
import type { DatasetRecord } from '../../store/datasets.ts';
import type { Library } from '../../store/library.ts';
import {
  currentData,
  describeProgress,
  outlineOf,
  rememberDataset,
  rememberedRules,
  settledData,
} from '../dataset-outline.ts';
import { currentDecisions, keptFiles, withoutKept } from '../decisions.ts';
import { describeDownload, downloadDataset, listOffers } from '../dataset-downloads.ts';
import { relinkDataset } from '../relink.ts';
import { completePath } from './complete-path.ts';
import { datasetCard, shapesCard } from './dataset-card.ts';
import { withDistinctNames } from './dataset-names.ts';
import { toPreview, toReport } from './dataset-report.ts';
import type { HandlersOf } from './handlers.ts';
import type { OpenDatasets } from './open-datasets.ts';
import type { UploadService } from './uploads.ts';

export interface DatasetServiceParts {
  readonly opened: OpenDatasets;
  readonly uploads: Pick<UploadService, 'pending' | 'removingRefused' | 'keepForAWeek'>;
}

export class DatasetService {
  readonly #library: Library;
  readonly #parts: DatasetServiceParts;

  constructor(library: Library, parts: DatasetServiceParts) {
    this.#library = library;
    this.#parts = parts;
  }

  readonly handlers = {
    'datasets.list': async () => {
      // Of one place only what it held when it was last opened.
      const places = new Map<string, DatasetRecord>();
      for (const record of this.#library.datasets.list()) {
        if (!places.has(record.source)) places.set(record.source, record);
      }
      const known = await Promise.all(
        [...places.values()].map((record) => datasetCard(this.#library, record)),
      );
      return {
        datasets: withDistinctNames(places.has(shapesCard.source) ? known : [...known, shapesCard]),
        uploads: [...(await this.#parts.uploads.pending())],
      };
    },
    'datasets.offers': async () => ({ offers: [...(await listOffers(this.#library.folder))] }),
    'datasets.download': async ({ name }, { signal, emit }) => {
      const { source } = await downloadDataset(name, {
        libraryFolder: this.#library.folder,
        signal,
        onProgress: (progress) => {
          const { message, fraction } = describeDownload(progress);
          const shown = { message, ...(fraction === undefined ? {} : { fraction }) };
          void emit({ kind: 'progress', progress: shown }, { latest: 'progress' });
        },
      });
      await emit({ kind: 'done', source });
    },
    'datasets.preview': async (asked, { signal, emit }) => {
      const overview = this.#isKnown(asked.source)
        ? undefined
        : await this.#readNew(asked, () =>
            previewDatasetOutside({
              ...dataSpecOptions(currentData(this.#library, DataSpec.parse(asked))),
              cacheFolder: this.#library.cacheFolder,
              ...progressTo(signal, emit),
            }),
          );
      await emit(
        overview === undefined
          ? { kind: 'nothing' }
          : { kind: 'preview', preview: toPreview(overview) },
      );
    },
    'datasets.scan': async (asked, { signal, emit }) => {
      const data = await this.#dataFor(asked);
      const watch = progressTo(signal, emit);
      this.#parts.opened.forget(data.source);
      const dataset = await this.#readNew(asked, () =>
        openDatasetOutside({
          ...dataSpecOptions(data),
          cacheFolder: this.#library.cacheFolder,
          lenient: true,
          ...watch,
        }),
      );
      try {
        await emit({ kind: 'report', report: await this.#reportOn(dataset, data, watch) });
      } finally {
        await dataset.close();
      }
    },
    'datasets.relink': async ({ from, to }, { signal }) => {
      const { cacheFolder } = this.#library;
      const { runs } = await relinkDataset(this.#library, { from, to }, { cacheFolder, signal });
      return { runs };
    },
    'datasets.forget': async ({ fingerprint }) => {
      const forgotten = this.#library.datasets.find(fingerprint);
      this.#library.datasets.forget(fingerprint);
      if (forgotten !== undefined) await this.#parts.uploads.keepForAWeek(forgotten.source);
      return {};
    },
    'datasets.completePath': async ({ typed }) => ({ paths: await completePath(typed) }),
  } satisfies Partial<HandlersOf<'datasets'>>;

  #isKnown(wanted: string): boolean {
    if (wanted.startsWith(BUILTIN_PREFIX)) return true;
    return this.#library.datasets.list().some(({ source }) => source === wanted);
  }

  /** An upload that is refused with an answer to how it is to be read may still be read in another way. */
  #readNew<T>(asked: DataOptions, work: () => Promise<T>): Promise<T> {
    return asked.layout === undefined && asked.columns === undefined
      ? this.#parts.uploads.removingRefused(asked.source, work)
      : work();
  }

  /** As it was read before, and as somebody decided since, where nothing else is asked for. */
  async #dataFor(asked: DataOptions): Promise<DataSpec> {
    const { source, decisions } = asked;
    const rules = rememberedRules(this.#library, source) ?? pixelRulesOf(newDataSpec(source));
    const current = decisions ?? (await currentDecisions(this.#library, source)) ?? NO_DECISIONS;
    return currentData(this.#library, DataSpec.parse({ ...rules, ...asked, decisions: current }));
  }

  async #reportOn(dataset: Dataset, data: DataSpec, watch: Watch): Promise<DatasetReport> {
    const { source } = data;
    const kept = keptFiles(this.#library, source);
    const inspection = withoutKept(await inspectDataset(dataset, watch), kept);
    const outline = outlineOf(source, dataset);
    rememberDataset(this.#library, outline);
    const record = this.#library.datasets.find(dataset.fingerprint);
    if (record === undefined) throw new Error('The dataset was forgotten while it was scanned.');
    return toReport(await datasetCard(this.#library, record), inspection, {
      data: settledData(data, outline),
      lastDecision: lastDecision(this.#library, source),
      keptCount: kept.length,
    });
  }
}

/** Progress as events of which only the latest counts. */
function progressTo(
  signal: AbortSignal,
  emit: Emit<{ kind: 'progress'; progress: ReturnType<typeof toProgress> }>,
): Watch {
  return {
    signal,
    onProgress: (progress) => {
      void emit({ kind: 'progress', progress: toProgress(progress) }, { latest: 'progress' });
    },
  };
}

function toProgress(progress: DataProgress) {
  const { message, fraction } = describeProgress(progress);
  const { done, total, imagesPerSecond, stage } = progress;
  const isKnown = stage !== 'list' && imagesPerSecond > 0;
  return {
    message,
    ...(fraction === undefined ? {} : { fraction }),
    ...(isKnown ? { remainingMs: (1000 * (total - done)) / imagesPerSecond } : {}),
  };
}

function lastDecision(
  { decisions }: Pick<Library, 'decisions'>,
  source: string,
): DatasetReport['lastDecision'] {
  const all = decisions.list(source);
  const last = all.at(-1);
  if (last === undefined) return null;
  return { kind: last.kind, count: all.filter(({ batch }) => batch === last.batch).length };
}
