// Looks at datasets for the host: what is in them, without keeping a pixel. The first look decodes the
// source into the library's cache, which the trainer then opens at once.
import type { Dataset, SplitName } from '../data/dataset.ts';
import { notesOf, type DatasetNote } from '../data/dataset-notes.ts';
import { inspectDataset, type Inspection } from '../data/inspect.ts';
import { formatInspection } from '../data/inspection-text.ts';
import { openDatasetOutside } from '../data/reading/read-outside.ts';
import { dataSpecOptions } from '../data/data-spec-options.ts';
import type { DataProgress, Watch } from '../data/progress.ts';
import { DATA_RULES } from '../../shared/spec/layout.ts';
import { statedPixelRules, type PixelRules } from '../../shared/spec/pixel-rules.ts';
import { BUILTIN_PREFIX } from '../data/builtin.ts';
import { DataSpec } from '../../shared/spec/run.ts';
import type { Library } from '../store/library.ts';
import type { Preparing } from './host-parts.ts';

export interface LookOptions {
  readonly cacheFolder: string;
  readonly onEvent?: ((event: Preparing) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What must be known of a dataset before a run on it is made. */
export interface DatasetOutline {
  readonly source: string;
  readonly name: string;
  readonly fingerprint: string;
  readonly input: { readonly height: number; readonly width: number; readonly channels: number };
  readonly counts: Readonly<Record<SplitName, number>>;
  readonly classes: readonly string[];
  readonly problems: number;
  /** What should be known before training on it, worst first. */
  readonly notes: readonly DatasetNote[];
  /** Images left out by decision. */
  readonly leftOut: number;
  /** With what was found for the window of 16-bit images. */
  readonly pixelRules: PixelRules;
  /** How its folders were read; undefined where the source says it itself. */
  readonly reading: DatasetReading | undefined;
}

export type DatasetReading = Required<Pick<DataSpec, 'layout'>> &
  Pick<DataSpec, 'mergeClasses' | 'columns'> & {
    /** Somebody chose it: it is remembered. */
    readonly isChosen: boolean;
  };

/** Pixel rules of the last reading of a source; undefined if it is not known or has none. */
export function rememberedRules(
  { datasets }: Pick<Library, 'datasets'>,
  source: string,
): PixelRules | undefined {
  const known = datasets.list().find((record) => record.source === source);
  const isGenerated = source.startsWith(BUILTIN_PREFIX);
  return isGenerated || known?.pixelRules === undefined
    ? undefined
    : statedPixelRules(known.pixelRules);
}

/** The rules of today, and the layout that was chosen for this source before. */
export function currentData(library: Pick<Library, 'datasets'>, data: DataSpec): DataSpec {
  const known = library.datasets.list().find(({ source }) => source === data.source);
  const {
    layout = known?.layout,
    mergeClasses = known?.mergeClasses,
    columns = known?.columns,
  } = data;
  // Another layout was asked for: the columns of the list say nothing then.
  const isListed = layout === undefined || /list$/.test(layout);
  return {
    ...data,
    ...(layout === undefined ? {} : { layout }),
    ...(mergeClasses === undefined ? {} : { mergeClasses }),
    ...(columns === undefined || !isListed ? {} : { columns }),
    rules: DATA_RULES,
  };
}

/**
 * The settings that a run records: a window that was to be found is the one that was. A layout that was
 * not chosen is left out; `rules` say how it was found.
 */
export function settledData(spec: DataSpec, { pixelRules, reading }: DatasetOutline): DataSpec {
  const { depth } = pixelRules;
  const { layout } = reading?.isChosen === true ? reading : spec;
  return DataSpec.parse({ ...spec, depth, layout });
}

export function outlineData(spec: DataSpec, options: LookOptions): Promise<DatasetOutline> {
  return withDataset(spec, { ...options, lenient: false }, (dataset) =>
    outlineOf(spec.source, dataset),
  );
}

export function outlineOf(source: string, dataset: Dataset): DatasetOutline {
  const { train, val, test } = dataset.splits;
  return {
    source,
    name: dataset.name,
    fingerprint: dataset.fingerprint,
    input: { ...dataset.shape },
    counts: { train: train.count, val: val?.count ?? 0, test: test?.count ?? 0 },
    classes: dataset.classes,
    problems: dataset.problems.length,
    notes: notesOf(dataset),
    leftOut: dataset.leftOut.length,
    pixelRules: dataset.pixelRules,
    reading: readingOf(dataset),
  };
}

function readingOf({ layout }: Dataset): DatasetReading | undefined {
  if (layout === undefined) return undefined;
  const { isChosen, isMerged, columns } = layout;
  return {
    ...{ layout: layout.layout, isChosen },
    ...(isMerged ? { mergeClasses: true } : {}),
    ...(columns === undefined ? {} : { columns }),
  };
}

/** So that it can be offered again. */
export function rememberDataset(library: Pick<Library, 'datasets'>, data: DatasetOutline): void {
  const { fingerprint, name, source, input, counts, problems, reading } = data;
  library.datasets.remember({
    fingerprint,
    name,
    source,
    shape: input,
    classes: data.classes,
    counts,
    notes: data.notes,
    problems: problems === 0 ? {} : { unusable: problems },
    pixelRules: data.pixelRules,
    ...(reading?.isChosen === true ? { layout: reading.layout } : {}),
    ...(reading?.mergeClasses === true ? { mergeClasses: true } : {}),
    ...(reading?.columns === undefined ? {} : { columns: reading.columns }),
  });
}

export interface DataReport {
  readonly document: Inspection;
  readonly text: string;
  readonly outline: DatasetOutline;
  /** Undefined if it was in the cache already. */
  readonly decoded: { readonly images: number; readonly imagesPerSecond: number } | undefined;
}

/** Everything worth knowing before training on it, also of what can't be trained on as it is. */
export function inspectData(spec: DataSpec, options: LookOptions): Promise<DataReport> {
  let decoded: DataReport['decoded'];
  const onProgress = ({ stage, done, imagesPerSecond }: DataProgress): void => {
    if (stage === 'decode' || stage === 'copy') decoded = { images: done, imagesPerSecond };
  };
  return withDataset(spec, { ...options, lenient: true, onProgress }, async (dataset) => {
    const document = await inspectDataset(dataset, watchOf(options));
    const outline = outlineOf(spec.source, dataset);
    return { document, text: formatInspection(document), outline, decoded };
  });
}

/** Opens, looks and closes. */
export async function withDataset<T>(
  spec: DataSpec,
  options: LookOptions & { readonly lenient: boolean } & Pick<Watch, 'onProgress'>,
  look: (dataset: Dataset) => T | Promise<T>,
): Promise<T> {
  const dataset = await openDatasetOutside({
    ...dataSpecOptions(spec),
    cacheFolder: options.cacheFolder,
    lenient: options.lenient,
    ...watchOf(options),
  });
  try {
    return await look(dataset);
  } finally {
    await dataset.close();
  }
}

function watchOf({ signal, onEvent, onProgress }: LookOptions & Pick<Watch, 'onProgress'>): Watch {
  return {
    signal,
    onProgress: (progress) => {
      onProgress?.(progress);
      onEvent?.(describeProgress(progress));
    },
  };
}

export function describeProgress({ stage, done, total, imagesPerSecond }: DataProgress): Preparing {
  const speed = imagesPerSecond > 0 ? `, ${Math.round(imagesPerSecond)} a second` : '';
  const isCounting = stage === 'list' || total === 0;
  const count = isCounting ? String(done) : `${done} of ${total}`;
  return {
    kind: 'preparing',
    message: `${stageNames[stage]}: ${count}${speed}`,
    fraction: isCounting ? undefined : Math.min(1, done / total),
  };
}

const stageNames: Readonly<Record<DataProgress['stage'], string>> = {
  unpack: 'Inflating the archive, in MiB',
  list: 'Listing files',
  measure: 'Reading image sizes',
  decode: 'Decoding images',
  copy: 'Copying images into the cache',
  read: 'Reading the dataset',
  compare: 'Looking for duplicates',
};
