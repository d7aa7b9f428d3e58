// The one way into the data layer: names a source, finds or builds its packed cache, and returns the
// dataset. What kind of source a path is, its content decides.
import { open, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { inputError } from '../../shared/errors.ts';
import { BUILTIN_PREFIX, openBuiltin } from './builtin.ts';
import { openCached } from './cache.ts';
import { openCifarArchive, openCifarFolder } from './cifar-source.ts';
import type { Dataset } from './dataset.ts';
import { readError } from './file-errors.ts';
import { openImageFolder } from './image-folder.ts';
import type { ShapeOptions } from './image-size.ts';
import { datasetFrom } from './opened.ts';
import type { OpenPack } from './pack-format.ts';
import type { Watch } from './progress.ts';
import type { Source } from './source.ts';
import { DEFAULT_VAL_FRACTION } from './split.ts';
import { openTensorSource } from './tensor-source.ts';

export interface OpenOptions extends ShapeOptions, Watch {
  /** A folder, a `.tar.gz`, a `.safetensors` file, or `builtin:NAME`. */
  readonly source: string;
  readonly cacheFolder: string;
  /** Share of train that becomes val when the source has none; 0 leaves it without. */
  readonly valFraction?: number | undefined;
  readonly splitSeed?: number | undefined;
  /** Larger datasets are read from the packed file instead of memory. */
  readonly memoryBudgetBytes?: number | undefined;
  /** Accept what can be looked at but not trained on: one class, classes without images. */
  readonly lenient?: boolean | undefined;
}

export const DEFAULT_MEMORY_BUDGET_BYTES = 2 * 0x4000_0000;

export async function openDataset(options: OpenOptions): Promise<Dataset> {
  const source = await findSource(options);
  const pack = await openCached(source, options.cacheFolder, options);
  try {
    requireUsable(pack, options);
    return await datasetFrom(
      pack,
      {
        name: source.name,
        valFraction: options.valFraction ?? DEFAULT_VAL_FRACTION,
        splitSeed: options.splitSeed ?? 0,
        memoryBudgetBytes: options.memoryBudgetBytes ?? DEFAULT_MEMORY_BUDGET_BYTES,
      },
      options,
    );
  } catch (error) {
    await pack.file.close();
    throw error;
  }
}

async function findSource(options: OpenOptions): Promise<Source> {
  if (options.source.startsWith(BUILTIN_PREFIX)) return openBuiltin(options.source);
  const given = resolve(options.source);
  let path: string;
  let isFolder: boolean;
  try {
    path = await realpath(given);
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw readError(error, given, 'dataset');
  }
  if (isFolder) {
    return (await openCifarFolder(path)) ?? (await openImageFolder(path, options, options));
  }
  const start = await firstBytes(path);
  if (start[0] === 0x1f && start[1] === 0x8b) return openCifarArchive(path);
  // A safetensors header is a JSON object behind its length.
  if (start[8] === 0x7b) return openTensorSource(path);
  if (path.toLowerCase().endsWith('.safetensors')) return openTensorSource(path);
  throw inputError(
    'not-a-folder',
    `${path} is a file that holds no dataset; give a folder of images, a CIFAR .tar.gz, a .safetensors file or builtin:shapes.`,
    { path },
  );
}

async function firstBytes(path: string): Promise<Uint8Array> {
  try {
    const handle = await open(path, 'r');
    try {
      const start = new Uint8Array(16);
      await handle.read(start, 0, start.length, 0);
      return start;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readError(error, path, 'dataset');
  }
}

function requireUsable(pack: OpenPack, { source, lenient }: OpenOptions): void {
  const { classes, problems } = pack;
  const train = pack.sections.get('train');
  const reasons = problems.slice(0, 100);
  const [first] = problems;
  if (train === undefined || train.count === 0) {
    const why =
      first === undefined
        ? 'add some to its class folders'
        : `${problems.length} could not be used, the first: ${first.source} ${first.reason}`;
    throw inputError('no-images', `${source} has no usable training images; ${why}.`, {
      path: source,
      details: { problems: reasons },
    });
  }
  if (lenient === true) return;
  if (classes.length === 1) {
    throw inputError(
      'one-class',
      `${source} has only one class, "${classes.join()}"; a classifier needs two or more. The classes are the folders in it: point at the folder above or below if this is the wrong level.`,
      { path: source, details: { classes } },
    );
  }
  const counts = new Int32Array(classes.length);
  for (const label of train.labels) counts[label] = (counts[label] ?? 0) + 1;
  const empty = classes.filter((_, label) => counts[label] === 0);
  if (empty.length === 0 || pack.kind === 'tensors') return;
  const listed = empty.slice(0, 5).join('", "') + (empty.length > 5 ? '", …' : '"');
  const bad = problems.filter((problem) => empty.some((name) => problem.source.includes(name)));
  throw inputError(
    'empty-class',
    `${source} has no usable training images for "${listed}; add some or remove the folder.${
      bad[0] === undefined ? '' : ` ${bad[0].source} ${bad[0].reason}.`
    }`,
    { path: source, details: { empty, problems: bad.slice(0, 100) } },
  );
}
