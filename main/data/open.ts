// The one way into the data layer: names a source, finds or builds its packed cache, and returns the
// dataset. What kind of source a path is, its content decides.
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { inputError } from '../../shared/errors.ts';
import { DATA_RULES } from '../../shared/spec/layout.ts';
import { pixelRulesOf, windowText, type PixelRules } from '../../shared/spec/pixel-rules.ts';
import { NO_DECISIONS } from '../../shared/spec/run.ts';
import { BUILTIN_PREFIX, openBuiltin } from './builtin.ts';
import { openCached } from './cache.ts';
import { archiveKindOf, type ArchiveKind } from './archive/archive-kind.ts';
import { openImageArchive } from './archive/image-archive.ts';
import { holdsCifar, openCifarArchive, openCifarFolder } from './cifar-source.ts';
import { openIdxFile, openIdxFolder } from './arrays/idx-source.ts';
import { isNpz, openNpzSource } from './arrays/npz-source.ts';
import type { Dataset, Problem } from './dataset.ts';
import { applyDecisions, readDecisions } from './decisions.ts';
import { readError } from './file-errors.ts';
import { firstBytes } from './first-bytes.ts';
import type { LayoutOptions } from './folder-listing.ts';
import { openImageFolder } from './image-folder.ts';
import type { ShapeOptions } from './image-size.ts';
import { depthGroups, proposedWindow } from './image-notes.ts';
import { datasetFrom } from './dataset-from-pack.ts';
import { notesIn, openPack, type OpenPack, type PackSection } from './pack-format.ts';
import type { Watch } from './progress.ts';
import type { Source } from './source.ts';
import { DEFAULT_VAL_FRACTION } from './split.ts';
import { refuseKnownFile } from './known-files.ts';
import { openParquetFolder, openParquetSource } from './parquet/parquet-source.ts';
import { openTensorSource } from './tensor-source.ts';
import { requireUserFile, statUserPath } from './user-file.ts';

export interface OpenOptions extends ShapeOptions, LayoutOptions, PixelRules, Watch {
  /** A folder, an archive of one, a `.safetensors` file, or `builtin:NAME`. */
  readonly source: string;
  readonly cacheFolder: string;
  /** Share of train that becomes val when the source has none; 0 leaves it without. */
  readonly valFraction?: number | undefined;
  readonly splitSeed?: number | undefined;
  /** A version of what was decided about single files; see decisions.ts. */
  readonly decisions?: string | undefined;
  /** Accept what can be looked at but not trained on: one class, classes without images. */
  readonly lenient?: boolean | undefined;
  /** The bundled decoder; else the one beside this bundle. */
  readonly decoderProgram?: string | undefined;
}

const LISTED_PROBLEMS = 100;

/** A source whose rows are all in the cache: what of it is needed to open it. JSON-safe. */
export interface PreparedPack {
  /** The file in the cache. */
  readonly path: string;
  readonly name: string;
  readonly levelHint?: string | undefined;
  /** As it was found, where it was to be found. */
  readonly depth?: string | undefined;
}

export async function openDataset(given: OpenOptions): Promise<Dataset> {
  const { pack, ...prepared } = await readSource(given);
  return datasetOf(pack, prepared, given);
}

/** The part of opening that reads the source's files, for another process than the one that uses the dataset. */
export async function preparePack(given: OpenOptions): Promise<PreparedPack> {
  const { pack, ...prepared } = await readSource(given);
  await pack.file.close();
  return prepared;
}

/** The rest of opening. */
export async function openPrepared(prepared: PreparedPack, given: OpenOptions): Promise<Dataset> {
  return datasetOf(await openPack(prepared.path), prepared, given);
}

async function readSource(given: OpenOptions): Promise<PreparedPack & { readonly pack: OpenPack }> {
  const options = given.depth === 'window' ? await withFoundWindow(given) : given;
  const source = await findSource(options);
  const pack = await openCached(source, options.cacheFolder, options);
  const { name, levelHint } = source;
  return { pack, path: pack.file.path, name, levelHint, depth: options.depth };
}

async function datasetOf(
  whole: OpenPack,
  { name, levelHint, depth }: PreparedPack,
  given: OpenOptions,
): Promise<Dataset> {
  const options = { ...given, depth };
  try {
    const { pack, leftOut, relabelled } = await withDecisions(whole, options);
    requireUsable(pack, options, levelHint);
    return datasetFrom(pack, {
      name,
      valFraction: options.valFraction ?? DEFAULT_VAL_FRACTION,
      splitSeed: options.splitSeed ?? 0,
      rules: options.rules ?? DATA_RULES,
      pixelRules: pixelRulesOf(options),
      ...{ leftOut, relabelled },
    });
  } catch (error) {
    await whole.file.close();
    throw error;
  }
}

async function withDecisions(pack: OpenPack, { decisions, cacheFolder }: OpenOptions) {
  return decisions === undefined || decisions === NO_DECISIONS
    ? { pack, leftOut: [], relabelled: [] }
    : applyDecisions(pack, await readDecisions(cacheFolder, decisions));
}

/** Reads the images over their full range first, to see what they use of it. */
async function withFoundWindow(given: OpenOptions): Promise<OpenOptions> {
  const options = { ...given, depth: undefined };
  const pack = await openCached(await findSource(options), options.cacheFolder, options);
  await pack.file.close();
  const notes = [...pack.sections.values()].flatMap((section) =>
    Array.from({ length: section.count }, (_, row) => notesIn(section, row)),
  );
  const window = proposedWindow(depthGroups(notes));
  return window === undefined ? options : { ...options, depth: windowText(window) };
}

/** What a path is, by its content. @throws what is wrong with it */
export async function findSource(options: OpenOptions): Promise<Source> {
  if (options.source.startsWith(BUILTIN_PREFIX)) return openBuiltin(options.source);
  const given = resolve(options.source);
  let path: string;
  const stats = await statUserPath(given, 'dataset');
  try {
    path = await realpath(given);
  } catch (error) {
    throw readError(error, given, 'dataset');
  }
  if (stats.isDirectory()) return openFolder(path, options);
  await requireUserFile(path, 'dataset');
  const idx = await openIdxFile(path);
  if (idx !== undefined) return idx;
  const start = await firstBytes(path);
  const archive = archiveKindOf(start, path);
  if (archive === 'zip' && isNpz(start)) return openNpzSource(path);
  if (archive !== undefined) return openArchive(path, archive, options);
  if (start.toString('latin1', 0, 4) === 'PAR1') return openParquetSource(path, options);
  // A safetensors header is a JSON object behind its length.
  if (start[8] === 0x7b) return openTensorSource(path);
  if (path.toLowerCase().endsWith('.safetensors')) return openTensorSource(path);
  refuseKnownFile(start, path);
  throw inputError(
    'not-a-folder',
    `${path} is a file that holds no dataset; give a folder of images, a .zip, .tar or .tar.gz of one, CIFAR, a .parquet, .npz or .safetensors file or builtin:shapes.`,
    { path },
  );
}

async function openFolder(path: string, options: OpenOptions): Promise<Source> {
  return (
    (await openCifarFolder(path)) ??
    (await openIdxFolder(path)) ??
    (await openParquetFolder(path, options)) ??
    (await openImageFolder(path, options, options))
  );
}

async function openArchive(path: string, kind: ArchiveKind, options: OpenOptions): Promise<Source> {
  const isGzipped = kind === 'tar.gz';
  if (kind !== 'zip' && (await holdsCifar(path, isGzipped))) {
    return openCifarArchive(path, isGzipped);
  }
  return openImageArchive(path, kind, options);
}

function requireUsable(pack: OpenPack, options: OpenOptions, levelHint?: string): void {
  const { source, lenient } = options;
  const { classes, problems } = pack;
  const isFolder = pack.kind === 'folder';
  if (!isFolder && pack.kind !== 'parquet') requireOwnShape(pack, options);
  const train = pack.sections.get('train');
  const [first] = problems;
  if (train === undefined || train.count === 0) {
    const why =
      first === undefined
        ? 'add some to its class folders'
        : `${problems.length} could not be used, the first: ${first.source} ${first.reason}`;
    throw inputError('no-images', `${source} has no usable training images; ${why}.`, {
      path: source,
      details: { problems: problems.slice(0, LISTED_PROBLEMS) },
    });
  }
  if (lenient === true) return;
  if (classes.length === 1) {
    const hint = levelHint === undefined ? '' : ` ${levelHint}`;
    throw inputError(
      'one-class',
      `${source} has only one class, "${classes.join()}"; a classifier needs two or more.${hint}`,
      { path: source, details: { classes } },
    );
  }
  // Elsewhere a class may go unused: its name comes from a list, not from a folder that someone made.
  if (isFolder) requireEveryClass(pack, train, source);
}

function requireOwnShape(
  { shape, kind }: OpenPack,
  { source, imageSize, channels }: OpenOptions,
): void {
  const fits =
    (imageSize === undefined || (imageSize === shape.height && imageSize === shape.width)) &&
    (channels === undefined || channels === shape.channels);
  if (fits) return;
  throw inputError(
    'fixed-shape',
    `${source} (${kind}) has images of ${shape.width}×${shape.height} with ${shape.channels} channels; only image files can be brought to another size or number of channels.`,
    { path: 'imageSize', details: { shape } },
  );
}

function requireEveryClass(
  { classes, problems }: OpenPack,
  train: PackSection,
  source: string,
): void {
  const present = new Set(train.labels);
  const empty = classes.filter((_, label) => !present.has(label));
  if (empty.length === 0) return;
  const listed = empty.slice(0, 5).join('", "') + (empty.length > 5 ? '", …' : '"');
  const isTheirs = (problem: Problem): boolean =>
    problem.source.split('/').some((part) => empty.includes(part));
  const reasons = problems.filter(isTheirs);
  const [first] = reasons;
  const why = first === undefined ? '' : ` ${first.source} ${first.reason}.`;
  throw inputError(
    'empty-class',
    `${source} has no usable training images for "${listed}; add some or remove the folder.${why}`,
    { path: source, details: { empty, problems: reasons.slice(0, LISTED_PROBLEMS) } },
  );
}
