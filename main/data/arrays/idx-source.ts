// MNIST's files as a source: pairs of images and labels in the IDX format, each plain or gzipped, in a
// folder. Bytes are big-endian sizes, then one byte a pixel.
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasErrorCode, inputError } from '../../../shared/errors.ts';
import { LARGEST_ARRAY_SIDE, MOST_IMAGES } from '../../../shared/limits.ts';
import { SPLIT_NAMES, type ImageShape, type Problem, type SplitName } from '../dataset.ts';
import { readError } from '../file-errors.ts';
import type { Source, SourceContent } from '../source.ts';
import { contentOfArrays, type ArraySplit } from './array-rows.ts';
import { readBytes, startOf, type BytesRange } from './byte-streams.ts';
import { classesOfNumbers, type NumberedSplit } from './class-numbers.ts';
import { IDX_FOLDERS, parseIdxName, type IdxName } from './idx-names.ts';

interface IdxFile extends IdxName {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

interface IdxPair {
  readonly split: SplitName;
  readonly images: IdxFile;
  readonly labels: IdxFile;
}

interface IdxFolder {
  readonly folder: string;
  readonly pairs: readonly IdxPair[];
  readonly problems: readonly Problem[];
  /** Names of classes, one a line: `label code`. */
  readonly mapping: string | undefined;
}

/** Undefined when the folder holds none of MNIST's files. */
export async function openIdxFolder(folder: string): Promise<Source | undefined> {
  for (const inner of IDX_FOLDERS) {
    const path = join(folder, inner);
    const names = await namesIn(path);
    if (names.some((name) => parseIdxName(name)?.part === 'images')) {
      return sourceOf(basename(folder), await planIdx(path, names));
    }
  }
  return undefined;
}

/** A file of the set that is wanted, where a folder holds several. Undefined for other names. */
export async function openIdxFile(path: string): Promise<Source | undefined> {
  const wanted = parseIdxName(basename(path));
  if (wanted === undefined) return undefined;
  const folder = dirname(path);
  const names = await namesIn(folder);
  const name = wanted.prefix.replace(/[-_.]+$/, '') || basename(folder);
  return sourceOf(name, await planIdx(folder, names, wanted.prefix));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR')) return [];
    throw readError(error, folder, 'dataset');
  }
}

async function planIdx(
  folder: string,
  names: readonly string[],
  wanted?: string,
): Promise<IdxFolder> {
  const parsed = [...names].sort().flatMap((name) => {
    const found = parseIdxName(name);
    return found === undefined ? [] : [{ ...found, name }];
  });
  const prefixes = [...new Set(parsed.map(({ prefix }) => prefix))];
  const prefix = wanted ?? prefixes[0] ?? '';
  if (wanted === undefined && prefixes.length > 1) {
    throw inputError(
      'several-datasets',
      `${folder} holds ${prefixes.length} datasets in MNIST's format (${prefixes.join(', ')}); name the training images of the one you want, such as ${join(folder, parsed[0]?.name ?? '')}.`,
      { path: folder, details: { prefixes } },
    );
  }
  const problems: Problem[] = [];
  const files = new Map<string, IdxFile>();
  for (const one of parsed) {
    if (one.prefix !== prefix) continue;
    const key = `${one.split} ${one.part}`;
    const path = join(folder, one.name);
    // Plain names sort before their gzipped twins.
    if (files.has(key)) {
      problems.push({
        source: one.name,
        reason: `is not used: ${files.get(key)?.name} is the same`,
      });
      continue;
    }
    const stats = await stat(path).catch((error: unknown) => {
      throw readError(error, path, 'dataset');
    });
    if (!stats.isFile()) continue;
    const { size: sizeBytes, mtimeMs, ctimeMs } = stats;
    files.set(key, { ...one, path, sizeBytes, mtimeMs, ctimeMs });
  }
  const pairs = SPLIT_NAMES.flatMap((split): IdxPair[] => {
    const images = files.get(`${split} images`);
    const labels = files.get(`${split} labels`);
    if (images !== undefined && labels !== undefined) return [{ split, images, labels }];
    const lone = images ?? labels;
    const lacking = images === undefined ? 'images' : 'labels';
    if (split === 'train') throw lacksTraining(folder, prefix, lacking);
    if (lone !== undefined) {
      problems.push({ source: lone.name, reason: `is not used: its ${lacking} are not there` });
    }
    return [];
  });
  const mapping = names.find((name) => name === `${prefix}mapping.txt`);
  return { folder, pairs, problems, mapping: mapping && join(folder, mapping) };
}

function lacksTraining(folder: string, prefix: string, part: string): Error {
  const name = `${prefix}train-${part}-idx${part === 'images' ? 3 : 1}-ubyte`;
  return inputError(
    'missing-file',
    `${folder} lacks ${name} or ${name}.gz; fetch the dataset again.`,
    {
      path: folder,
      details: { missing: name },
    },
  );
}

function sourceOf(name: string, found: IdxFolder): Source {
  const files = found.pairs.flatMap(({ images, labels }) => [images, labels]);
  return {
    name,
    key: {
      kind: 'idx',
      files: files.map(({ path, sizeBytes, mtimeMs, ctimeMs }) => [
        ...[path, sizeBytes, mtimeMs, ctimeMs],
      ]),
    },
    read: () => readContent(found),
  };
}

async function readContent({
  folder,
  pairs,
  problems,
  mapping,
}: IdxFolder): Promise<SourceContent> {
  let shape: ImageShape | undefined;
  const splits: (ArraySplit & NumberedSplit)[] = [];
  for (const { split, images, labels } of pairs) {
    const [count = 0, height = 0, width = 0] = await sizesOf(images, 3);
    const found: ImageShape = { height, width, channels: 1 };
    requireImages(images, found, count, shape);
    shape = found;
    splits.push({
      split,
      name: images.name,
      labels: await labelsOf(labels, count, images.name),
      bytesFrom: (row) => readBytes(rangeOf(images), headerBytes(3) + row * height * width),
    });
  }
  if (shape === undefined) throw new Error(`${folder} has no pairs.`);
  const names = mapping === undefined ? undefined : namesOf(await readFile(mapping, 'utf8'));
  const { classes, first } = classesOfNumbers(folder, splits, { mayStartLater: true });
  return contentOfArrays({
    kind: 'idx',
    shape,
    isPlanar: false,
    classes: classes.map((number) => names?.get(Number(number)) ?? number),
    splits: splits.map((one) => ({ ...one, labels: one.labels.map((label) => label - first) })),
    problems,
  });
}

function headerBytes(dimensions: number): number {
  return 4 + 4 * dimensions;
}

function rangeOf({ path, name, sizeBytes, isGzipped }: IdxFile): BytesRange {
  return { path, name, start: 0, length: sizeBytes, packing: isGzipped ? 'gzip' : 'none' };
}

/** Of each dimension, after checking that the file is as long as it says. */
async function sizesOf(file: IdxFile, dimensions: 1 | 3): Promise<number[]> {
  const header = await startOf(readBytes(rangeOf(file), 0), headerBytes(dimensions));
  if (header[0] !== 0 || header[1] !== 0 || header[2] !== 8 || header[3] !== dimensions) {
    throw inputError(
      'bad-dataset-file',
      `${file.path} is no IDX file of bytes with ${dimensions === 1 ? 'one dimension' : `${dimensions} dimensions`}: it begins with ${header.subarray(0, 4).toString('hex')}.`,
      { path: file.path },
    );
  }
  if (header.length < headerBytes(dimensions)) {
    throw inputError('truncated-file', `${file.path} ends in its header; fetch it again.`, {
      path: file.path,
    });
  }
  const sizes = Array.from({ length: dimensions }, (_, i) => header.readUInt32BE(4 + 4 * i));
  const expected = sizes.reduce((product, size) => product * size, 1) + headerBytes(dimensions);
  if (!file.isGzipped && file.sizeBytes !== expected) {
    throw inputError(
      'truncated-file',
      `${file.path} has ${file.sizeBytes} bytes; its header says ${expected}. Fetch it again.`,
      { path: file.path, details: { expected, given: file.sizeBytes } },
    );
  }
  return sizes;
}

function requireImages(
  { path, name }: IdxFile,
  shape: ImageShape,
  count: number,
  first: ImageShape | undefined,
): void {
  const { height, width } = shape;
  if (count === 0) throw inputError('no-images', `${path} holds no images.`, { path });
  if (count > MOST_IMAGES) {
    throw inputError(
      'too-many-images',
      `${path} announces ${count} images; up to ${MOST_IMAGES} are read.`,
      {
        path,
      },
    );
  }
  const fits = Math.min(height, width) >= 1 && Math.max(height, width) <= LARGEST_ARRAY_SIDE;
  const isSame = first === undefined || (first.height === height && first.width === width);
  if (fits && isSame) return;
  throw inputError(
    'bad-dataset-file',
    fits
      ? `${path} has images of ${width}×${height}, the training images are ${first?.width}×${first?.height}.`
      : `${path} announces images of ${width}×${height}; sides from 1 to ${LARGEST_ARRAY_SIDE} are read.`,
    { path, details: { name, width, height } },
  );
}

async function labelsOf(file: IdxFile, count: number, images: string): Promise<Int32Array> {
  const [labels = 0] = await sizesOf(file, 1);
  if (labels !== count) {
    throw inputError(
      'bad-dataset-file',
      `${file.path} has ${labels} labels, but ${images} has ${count} images.`,
      { path: file.path, details: { labels, images: count } },
    );
  }
  const bytes = await startOf(readBytes(rangeOf(file), headerBytes(1)), count + 1);
  if (bytes.length > count) {
    throw inputError(
      'too-many-bytes',
      `${file.path} goes on behind the ${count} labels that it announces; its header is damaged, fetch it again.`,
      { path: file.path },
    );
  }
  if (bytes.length < count) {
    throw inputError(
      'truncated-file',
      `${file.path} ends after ${bytes.length} of ${count} labels; fetch it again.`,
      { path: file.path },
    );
  }
  return Int32Array.from(bytes);
}

/** EMNIST's: a label and the codes of its characters on each line. */
function namesOf(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split(/\r?\n/)) {
    const [label, code] = line.trim().split(/\s+/).map(Number);
    if (label === undefined || code === undefined || !(code > 32 && code < 0x11_0000)) continue;
    names.set(label, String.fromCodePoint(code));
  }
  return new Set(names.values()).size === names.size ? names : new Map();
}
