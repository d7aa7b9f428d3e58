// Datasets for the page: which are known, what is in them, their images. The answers come from the
// packed cache; nothing here trains or changes a source.
import type {
  DataOptions,
  DatasetCard,
  DatasetPreview,
  DatasetReport,
  FolderReading,
  NamedTiles,
  Tiles,
} from '../../../shared/contract/app/datasets.ts';
import { inputError } from '../../../shared/errors.ts';
import { pixelRulesOf, statedPixelRules } from '../../../shared/spec/pixel-rules.ts';
import { DataSpec, newDataSpec, NO_DECISIONS } from '../../../shared/spec/run.ts';
import { BUILTIN_PREFIX } from '../../data/builtin.ts';
import { splitsOf, type Dataset, type Split } from '../../data/dataset.ts';
import { inspectDataset, type Inspection, type SameGroup } from '../../data/inspect.ts';
import { describeLayout, type ReadingOutline } from '../../data/layout/layout-facts.ts';
import { describeUnused, type UnusedFiles } from '../../data/layout/unused-files.ts';
import { dataSpecOptions } from '../../data/data-spec-options.ts';
import type { DatasetOverview } from '../../data/preview.ts';
import type { DataProgress } from '../../data/progress.ts';
import {
  openDatasetOutside,
  previewDatasetOutside,
  readDatasetFileOutside,
} from '../../data/reading/read-outside.ts';
import { statUserPath } from '../../data/user-file.ts';
import { SHAPES_CHANNELS, SHAPES_CLASSES, SHAPES_SIDE } from '../../data/shapes.ts';
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
import {
  currentDecisions,
  decisionsNow,
  keptFiles,
  requireClass,
  requireDecidable,
  restoreFiles,
  withoutKept,
} from '../decisions.ts';
import { parseDecisionsCsv } from '../decisions-csv.ts';
import { describeDownload, downloadDataset, listOffers } from '../dataset-downloads.ts';
import { matchFiles } from '../match-files.ts';
import { relinkDataset } from '../relink.ts';
import type { PreviewHandlers } from './augment-preview.ts';
import { completePath } from './complete-path.ts';
import { withDistinctNames } from './dataset-names.ts';
import type { HandlersOf } from './handlers.ts';
import type { OpenDatasets } from './open-datasets.ts';
import type { UploadHandlers, UploadService } from './uploads.ts';

const listedGroups = 500;
const listedInGroup = 100;
const listedProblems = 1000;
const listedSizes = 50;

type Uploads = Pick<UploadService, 'pending' | 'removingRefused' | 'keepForAWeek'>;

export function createDatasetService(
  library: Library,
  { opened, uploads }: { opened: OpenDatasets; uploads: Uploads },
): Omit<HandlersOf<'datasets'>, keyof UploadHandlers | keyof PreviewHandlers> {
  const cardOf = (record: DatasetRecord): Promise<DatasetCard> =>
    toCard(record, countsOf(library, record.source));
  /** An upload that is refused with an answer to how it is to be read may still be read in another way. */
  const refusable = <T>(asked: DataOptions, work: () => Promise<T>): Promise<T> =>
    asked.layout === undefined && asked.columns === undefined
      ? uploads.removingRefused(asked.source, work)
      : work();
  return {
    'datasets.list': async () => {
      // Of one place only what it held when it was last opened.
      const places = new Map<string, DatasetRecord>();
      for (const record of library.datasets.list()) {
        if (!places.has(record.source)) places.set(record.source, record);
      }
      const known = await Promise.all([...places.values()].map(cardOf));
      const hasShapes = known.some((card) => card.source === shapesCard.source);
      return {
        datasets: withDistinctNames(hasShapes ? known : [...known, shapesCard]),
        uploads: [...(await uploads.pending())],
      };
    },
    'datasets.offers': async () => ({ offers: [...(await listOffers(library.folder))] }),
    'datasets.download': async ({ name }, { signal, emit }) => {
      const { source } = await downloadDataset(name, {
        libraryFolder: library.folder,
        signal,
        onProgress: (progress) => {
          const { message, fraction } = describeDownload(progress);
          const shown = { message, ...(fraction === undefined ? {} : { fraction }) };
          void emit({ kind: 'progress', progress: shown }, { latest: 'progress' });
        },
      });
      await emit({ kind: 'done', source });
    },
    'datasets.file': ({ source, path }) => readDatasetFileOutside(source, path),
    'datasets.preview': async (asked, { signal, emit }) => {
      const isKnown =
        asked.source.startsWith(BUILTIN_PREFIX) ||
        library.datasets.list().some(({ source }) => source === asked.source);
      const overview = isKnown
        ? undefined
        : await refusable(asked, () =>
            previewDatasetOutside({
              ...dataSpecOptions(currentData(library, DataSpec.parse(asked))),
              cacheFolder: library.cacheFolder,
              signal,
              onProgress: (progress: DataProgress) => {
                void emit(
                  { kind: 'progress', progress: toProgress(progress) },
                  { latest: 'progress' },
                );
              },
            }),
          );
      await emit(
        overview === undefined
          ? { kind: 'nothing' }
          : { kind: 'preview', preview: toPreview(overview) },
      );
    },
    'datasets.scan': async (asked, { signal, emit }) => {
      const decisions =
        asked.decisions ?? (await currentDecisions(library, asked.source)) ?? NO_DECISIONS;
      const given = {
        ...(rememberedRules(library, asked.source) ?? pixelRulesOf(newDataSpec(asked.source))),
        ...asked,
        decisions,
      };
      const options = currentData(library, DataSpec.parse(given));
      opened.forget(options.source);
      const { source } = options;
      const watch = {
        signal,
        onProgress: (progress: DataProgress) => {
          void emit({ kind: 'progress', progress: toProgress(progress) }, { latest: 'progress' });
        },
      };
      const dataset = await refusable(asked, () =>
        openDatasetOutside({
          ...dataSpecOptions(options),
          cacheFolder: library.cacheFolder,
          lenient: true,
          ...watch,
        }),
      );
      try {
        const kept = keptFiles(library, source);
        const inspection = withoutKept(await inspectDataset(dataset, watch), kept);
        const outline = outlineOf(source, dataset);
        rememberDataset(library, outline);
        const record = library.datasets.find(dataset.fingerprint);
        if (record === undefined)
          throw new Error('The dataset was forgotten while it was scanned.');
        await emit({
          kind: 'report',
          report: toReport(await cardOf(record), inspection, {
            data: settledData(options, outline),
            lastDecision: lastDecision(library, source),
            keptCount: kept.length,
          }),
        });
      } finally {
        await dataset.close();
      }
    },
    'datasets.tiles': ({ split: name, label, offset, count, indices, ...options }) =>
      opened.use(withColumns(library, options), (dataset) => {
        const split = getSplit(dataset, name, options);
        const rows = indices ?? rowsOf(split, label).subarray(offset, offset + count);
        return readTiles(dataset, split, Int32Array.from(rows), options);
      }),
    'datasets.pictures': ({ files, ...options }) =>
      opened.use({ ...options, decisions: NO_DECISIONS }, (dataset) =>
        readPictures(dataset, files),
      ),
    'datasets.match': ({ paths, ...options }) =>
      opened.use({ ...options, decisions: NO_DECISIONS }, (dataset) => {
        const files = splitsOf(dataset).flatMap((split) =>
          Array.from({ length: split.count }, (_, row) => split.sourceOf(row)),
        );
        return { files: matchFiles(files, paths) };
      }),
    'datasets.decisions': ({ source }) =>
      Promise.resolve({ decisions: decisionsNow(library, source) }),
    'datasets.decide': ({ source, files, kind, className, reason }) => {
      if (kind === 'relabel') requireKnownClass(library, source, className);
      const value = kind === 'relabel' ? className : undefined;
      library.decisions.decide(source, { files, kind, value, reason });
      return Promise.resolve(countsOf(library, source));
    },
    'datasets.importDecisions': async ({ csv, ...options }) => {
      const { source } = options;
      const decisions = parseDecisionsCsv(csv);
      await opened.use({ ...options, decisions: NO_DECISIONS }, (dataset) =>
        requireDecidable(dataset, decisions),
      );
      if (decisions.length > 0) library.decisions.decide(source, ...decisions);
      return { imported: decisions.length, ...countsOf(library, source) };
    },
    'datasets.restore': ({ source, files }) => {
      restoreFiles(library, source, files ?? 'all');
      return Promise.resolve(countsOf(library, source));
    },
    'datasets.undoDecision': ({ source }) => {
      const undone = library.decisions.undo(source).length;
      return Promise.resolve({ undone, ...countsOf(library, source) });
    },
    'datasets.relink': async ({ from, to }, { signal }) => {
      const { cacheFolder } = library;
      const { runs } = await relinkDataset(library, { from, to }, { cacheFolder, signal });
      return { runs };
    },
    'datasets.forget': async ({ fingerprint }) => {
      const forgotten = library.datasets.find(fingerprint);
      library.datasets.forget(fingerprint);
      if (forgotten !== undefined) await uploads.keepForAWeek(forgotten.source);
      return {};
    },
    'datasets.completePath': async ({ typed }) => ({ paths: await completePath(typed) }),
  };
}

type DecisionCounts = Pick<DatasetCard, 'leftOutCount' | 'relabelledCount'>;

function countsOf(library: Pick<Library, 'decisions'>, source: string): DecisionCounts {
  const decided = decisionsNow(library, source);
  return {
    leftOutCount: decided.filter(({ kind }) => kind === 'leave-out').length,
    relabelledCount: decided.filter(({ kind }) => kind === 'relabel').length,
  };
}

/** @throws inputError `no-such-class`; what was never opened here has no known classes */
function requireKnownClass(library: Library, source: string, className = ''): void {
  const known = library.datasets.list().find((record) => record.source === source);
  const classes = known?.classes ?? (source === shapesCard.source ? shapesCard.classes : undefined);
  if (classes !== undefined) requireClass(classes, className, source);
}

/** As somebody chose for this source before. */
function withColumns(library: Library, options: DataOptions): DataOptions {
  const known = library.datasets.list().find(({ source }) => source === options.source);
  const { columns = known?.columns } = options;
  return columns === undefined ? options : { ...options, columns };
}

/** Offered before it was ever opened. */
const shapesCard: DatasetCard = {
  fingerprint: 'builtin:shapes',
  name: 'shapes',
  source: 'builtin:shapes',
  shape: { height: SHAPES_SIDE, width: SHAPES_SIDE, channels: SHAPES_CHANNELS },
  classes: [...SHAPES_CLASSES],
  counts: { train: 10_000, val: 2_000, test: 0 },
  problemCount: 0,
  pixelRules: statedPixelRules({}),
  notes: [],
  layout: null,
  mergeClasses: false,
  leftOutCount: 0,
  relabelledCount: 0,
  lastOpenedAt: '',
  isPresent: true,
};

async function toCard(record: DatasetRecord, decided: DecisionCounts): Promise<DatasetCard> {
  const { fingerprint, name, source, shape, classes, counts, problems, lastOpenedAt } = record;
  return {
    ...{ fingerprint, name, source, lastOpenedAt, ...decided },
    shape: { ...shape },
    classes: [...classes],
    counts: {
      train: counts['train'] ?? 0,
      val: counts['val'] ?? 0,
      test: counts['test'] ?? 0,
    },
    problemCount: Object.values(problems).reduce((sum, count) => sum + count, 0),
    pixelRules: statedPixelRules(record.pixelRules ?? newDataSpec(source)),
    notes: (record.notes ?? []).map((note) => ({ ...note })),
    layout: record.layout ?? null,
    mergeClasses: record.mergeClasses ?? false,
    isPresent: source.startsWith(BUILTIN_PREFIX) || (await isThere(source)),
  };
}

async function isThere(source: string): Promise<boolean> {
  try {
    await statUserPath(source, 'dataset');
    return true;
  } catch {
    // Gone, silent, or not ours to read: either way it can't be opened now.
    return false;
  }
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

function toReport(
  card: DatasetCard,
  inspection: Inspection,
  decided: Pick<DatasetReport, 'data' | 'lastDecision' | 'keptCount'>,
): DatasetReport {
  const { kind, classes, splitOrigin, imbalance, statistics } = inspection;
  return {
    card,
    kind,
    classes: classes.map(({ name, counts }) => ({
      ...{ name, train: counts.train ?? 0, val: counts.val ?? 0, test: counts.test ?? 0 },
    })),
    splitOrigin:
      splitOrigin.kind === 'source'
        ? "the source's own splits"
        : (inspection.notes.find(({ code }) => code === 'drawn-split')?.text ?? ''),
    layout: toLayout(inspection),
    unused: inspection.unused.map(toUnused),
    imbalance: {
      ...imbalance,
      empty: [...imbalance.empty],
      tiny: imbalance.tiny.map((one) => ({ ...one })),
    },
    sizes: inspection.sizes.slice(0, listedSizes).map((size) => ({ ...size })),
    problems: inspection.problems.slice(0, listedProblems).map((problem) => ({ ...problem })),
    duplicates: toGroups(inspection.duplicates),
    duplicateCount: inspection.duplicates.length,
    acrossSplits: toGroups(inspection.acrossSplits),
    acrossSplitsCount: inspection.acrossSplits.length,
    contradicting: toGroups(inspection.contradicting),
    contradictingCount: inspection.contradicting.length,
    nearDuplicates: toGroups(inspection.nearDuplicates),
    nearDuplicateCount: inspection.nearDuplicates.length,
    oddSizes: inspection.oddSizes.slice(0, listedGroups).map((image) => ({ ...image })),
    oddSizeCount: inspection.oddSizes.length,
    damaged: inspection.damaged.slice(0, listedGroups).map((image) => ({ ...image })),
    damagedCount: inspection.damaged.length,
    transparent: inspection.transparent.slice(0, listedGroups).map((image) => ({ ...image })),
    transparentCount: inspection.transparent.length,
    depth: toDepth(inspection),
    leftOut: inspection.leftOut.slice(0, listedGroups).map((image) => ({ ...image })),
    leftOutCount: inspection.leftOut.length,
    relabelled: inspection.relabelled.slice(0, listedGroups).map((image) => ({ ...image })),
    relabelledCount: inspection.relabelled.length,
    ...decided,
    mean: [...statistics.mean],
    deviation: [...statistics.std],
  };
}

function toDepth({ depth }: Inspection): DatasetReport['depth'] {
  if (depth === undefined) return null;
  const { count, low, high, clipped, proposed = null, fitting } = depth;
  return { count, low, high, clipped, proposed, fitting };
}

function toLayout({ layout }: Inspection): DatasetReport['layout'] {
  if (layout === undefined) return null;
  return {
    sentences: describeLayout(layout),
    similarClasses: layout.similarClasses.map((names) => [...names]),
    isMerged: layout.isMerged,
    readings: layout.readings.map(toReading),
  };
}

function toReading(reading: ReadingOutline): FolderReading {
  return {
    ...reading,
    counts: { ...reading.counts },
    classes: reading.classes.map((one) => ({ ...one })),
    unused: reading.unused.map(toUnused),
  };
}

function toUnused(group: UnusedFiles) {
  return { ...group, text: describeUnused(group), examples: [...group.examples] };
}

const previewedProblems = 20;

function toPreview({ layout, unused, problems }: DatasetOverview): DatasetPreview {
  return {
    sentences: describeLayout(layout),
    readings: layout.readings.map(toReading),
    similarClasses: layout.similarClasses.map((names) => [...names]),
    unused: unused.map(toUnused),
    problems: problems.slice(0, previewedProblems).map((problem) => ({ ...problem })),
    problemCount: problems.length,
  };
}

function toGroups(groups: readonly SameGroup[]) {
  return groups
    .slice(0, listedGroups)
    .map((group) => group.slice(0, listedInGroup).map((image) => ({ ...image })));
}

function getSplit(dataset: Dataset, name: Split['name'], { source }: DataOptions): Split {
  const split = dataset.splits[name];
  if (split !== undefined) return split;
  const names = Object.keys(dataset.splits).join(', ');
  throw inputError('no-such-split', `${source} has no ${name} split; it has: ${names}.`, {
    path: source,
  });
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

/** In the order of `files`; a name that no row has is missing. */
async function readPictures(dataset: Dataset, files: readonly string[]): Promise<NamedTiles> {
  const wanted = new Set(files);
  const places = new Map<string, { split: Split; row: number }>();
  for (const split of splitsOf(dataset)) {
    for (let row = 0; row < split.count; row++) {
      const name = split.sourceOf(row);
      if (wanted.has(name) && !places.has(name)) places.set(name, { split, row });
    }
  }
  const found = files.flatMap((file) => {
    const place = places.get(file);
    return place === undefined ? [] : [{ file, ...place }];
  });
  const rowBytes = dataset.splits.train.rowBytes;
  const pixels = new Uint8Array(found.length * rowBytes);
  await Promise.all(
    found.map(({ split, row }, i) =>
      split.readRows(Int32Array.of(row), pixels.subarray(i * rowBytes, (i + 1) * rowBytes)),
    ),
  );
  return {
    shape: { ...dataset.shape },
    count: found.length,
    pixels,
    sources: found.map(({ file }) => file),
    images: found.map(({ split, row }) => ({
      ...{ split: split.name, label: split.labels[row] ?? 0 },
      ...split.originalSizeOf(row),
    })),
  };
}

/** Row numbers of a class, or all. */
function rowsOf(split: Split, label: number | null): Int32Array {
  const rows = Int32Array.from({ length: split.count }, (_, row) => row);
  return label === null ? rows : rows.filter((row) => split.labels[row] === label);
}

async function readTiles(
  dataset: Dataset,
  split: Split,
  rows: Int32Array,
  { source }: DataOptions,
): Promise<Tiles> {
  const outside = rows.find((row) => row >= split.count);
  if (outside !== undefined) {
    throw inputError(
      'no-such-image',
      `The ${split.name} split of ${source} has ${split.count} images, so there is none with number ${outside}; it may have changed since it was scanned.`,
      { path: source },
    );
  }
  const pixels = new Uint8Array(rows.length * split.rowBytes);
  await split.readRows(rows, pixels);
  return {
    shape: { ...dataset.shape },
    count: rows.length,
    pixels,
    labels: Array.from(rows, (row) => split.labels[row] ?? 0),
    sources: Array.from(rows, (row) => split.sourceOf(row)),
    indices: [...rows],
  };
}
