// Images of a dataset for the page: by row, by file name, or as the file they come from.
import type { DataOptions, NamedTiles, Tiles } from '../../../shared/contract/app/datasets.ts';
import { inputError } from '../../../shared/errors.ts';
import { NO_DECISIONS } from '../../../shared/spec/run.ts';
import { splitsOf, type Dataset, type Split } from '../../data/dataset.ts';
import { readDatasetFileOutside } from '../../data/reading/read-outside.ts';
import type { Library } from '../../store/library.ts';
import { matchFiles } from '../match-files.ts';
import type { HandlersOf } from './handlers.ts';
import type { OpenDatasets } from './open-datasets.ts';

export function createDatasetImages(
  library: Library,
  { opened }: { readonly opened: OpenDatasets },
) {
  return {
    'datasets.file': ({ source, path }) => readDatasetFileOutside(source, path),
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
  } satisfies Partial<HandlersOf<'datasets'>>;
}

/** As somebody chose for this source before. */
function withColumns(library: Library, options: DataOptions): DataOptions {
  const known = library.datasets.list().find(({ source }) => source === options.source);
  const { columns = known?.columns } = options;
  return columns === undefined ? options : { ...options, columns };
}

function getSplit(dataset: Dataset, name: Split['name'], { source }: DataOptions): Split {
  const split = dataset.splits[name];
  if (split !== undefined) return split;
  const names = Object.keys(dataset.splits).join(', ');
  throw inputError('no-such-split', `${source} has no ${name} split; it has: ${names}.`, {
    path: source,
  });
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
