// A dataset out of named arrays, as safetensors and npz files hold them: pairs of images and labels for
// each split. What is used is decided by names and shapes; every other array is named with the reason.
import { inputError } from '../../../shared/errors.ts';
import { LARGEST_ARRAY_SIDE, MOST_IMAGES } from '../../../shared/limits.ts';
import { SPLIT_NAMES, type DatasetKind, type ImageShape, type Problem } from '../dataset.ts';
import type { SourceContent } from '../source.ts';
import { columnByColumn, readLabels, readTexts, type ArrayLabels } from './array-labels.ts';
import { isClassNames, roleOfName } from './array-roles.ts';
import { contentOfArrays, type ArraySplit } from './array-rows.ts';
import { classesOfNames, classesOfNumbers } from './class-numbers.ts';
import { describeArray, type StoredArray, type UnreadArray } from './stored-array.ts';
import { waysToBytes } from './to-bytes.ts';

export interface ArrayFile {
  readonly path: string;
  readonly kind: DatasetKind;
  readonly arrays: readonly StoredArray[];
  readonly unread: readonly UnreadArray[];
  /** From the file's own metadata. */
  readonly classNames?: readonly string[] | undefined;
  readonly mayStartLater: boolean;
}

interface Pair {
  readonly split: ArraySplit['split'];
  readonly images: StoredArray;
  readonly labels: StoredArray;
}

/** @throws inputError with the file's path: what is missing, too large, or of a wrong shape */
export async function arrayDataset(file: ArrayFile): Promise<SourceContent> {
  const { path, kind, mayStartLater } = file;
  const { pairs, problems } = pairUp(file);
  const layout = await layoutOf(path, pairs);
  const read: { pair: Pair; labels: ArrayLabels }[] = [];
  for (const pair of pairs) {
    const count = pair.images.shape[0] ?? 0;
    read.push({ pair, labels: await readLabels(path, pair.labels, count) });
  }
  const { classes, numbers } = await classesOf(file, read, mayStartLater);
  const { height, width, channels } = layout.shape;
  const rowBytes = height * width * channels;
  return contentOfArrays({
    ...{ kind, classes, problems },
    ...layout,
    splits: pairs.map(({ split, images }, i) => ({
      split,
      name: images.name,
      labels: numbers[i] ?? new Int32Array(0),
      bytesFrom: (row) => images.bytesFrom(row * rowBytes),
    })),
  });
}

function pairUp(file: ArrayFile): { pairs: Pair[]; problems: Problem[] } {
  const { path, arrays, unread } = file;
  const problems: Problem[] = unread.map(({ name, reason }) => ({ source: name, reason }));
  const roles = withRoles(arrays);
  const pairs = SPLIT_NAMES.flatMap((split): Pair[] => {
    const of = (part: 'images' | 'labels'): StoredArray | undefined => {
      const found = roles.filter(({ role }) => role?.split === split && role.part === part);
      if (found.length > 1)
        throw ambiguous(
          path,
          split,
          found.map(({ array }) => array.name),
        );
      return found[0]?.array;
    };
    const images = of('images');
    const labels = of('labels');
    if (images !== undefined && labels !== undefined) return [{ split, images, labels }];
    if (split === 'train') throw missing(file, images === undefined ? 'images' : 'labels');
    const lone = images ?? labels;
    if (lone !== undefined) {
      const what = images === undefined ? 'images' : 'labels';
      problems.push({
        source: lone.name,
        reason: `has no ${what} of the same split and is not used`,
      });
    }
    return [];
  });
  for (const { array, role } of roles) {
    if (role === undefined && !isClassNames(array.name)) {
      problems.push({ source: array.name, reason: `is ${describeArray(array)} and is not used` });
    }
  }
  return { pairs, problems };
}

function withRoles(arrays: readonly StoredArray[]) {
  const [first, second, ...others] = arrays;
  // `numpy.savez(file, images, labels)` calls them so.
  const isUnnamed = others.length === 0 && first?.name === 'arr_0' && second?.name === 'arr_1';
  return arrays.map((array) => {
    const unnamed = array.shape.length >= 3 ? ('images' as const) : ('labels' as const);
    const role = isUnnamed ? { part: unnamed, split: 'train' as const } : roleOfName(array.name);
    return { array, role };
  });
}

function ambiguous(path: string, split: string, names: readonly string[]): Error {
  return inputError(
    'ambiguous-arrays',
    `${path}: ${names.map((name) => `"${name}"`).join(' and ')} could both be those of the ${split} split; keep one of them in the file, or name them by split: train_images, val_images, test_images.`,
    { path, details: { split, names } },
  );
}

const LISTED = 8;

function missing({ path, arrays, unread }: ArrayFile, part: 'images' | 'labels'): Error {
  const names = [...arrays, ...unread].map(({ name }) => name);
  const listed = names.slice(0, LISTED).join(', ') + (names.length > LISTED ? ', …' : '');
  const reasons = unread.slice(0, 3).map(({ name, reason }) => ` "${name}" ${reason}.`);
  const shown =
    part === 'images' ? 'images, train_images or x_train' : 'labels, train_labels or y_train';
  return inputError(
    'missing-tensor',
    `${path}: The file has no training ${part} (${shown}); it holds ${names.length === 0 ? 'no arrays' : listed}.${reasons.join('')}`,
    { path, details: { names: names.slice(0, 100) } },
  );
}

interface Layout {
  readonly shape: ImageShape;
  readonly isPlanar: boolean;
}

async function layoutOf(path: string, pairs: readonly Pair[]): Promise<Layout> {
  const layouts = await Promise.all(pairs.map(({ images }) => layoutOfImages(path, images)));
  const [first] = layouts;
  if (first === undefined) throw new Error(`${path} has no arrays.`);
  const total = pairs.reduce((sum, { images }) => sum + (images.shape[0] ?? 0), 0);
  if (total === 0) throw inputError('no-images', `${path} holds no images.`, { path });
  if (total > MOST_IMAGES) {
    throw inputError(
      'too-many-images',
      `${path} announces ${total} images; up to ${MOST_IMAGES} are read.`,
      { path, details: { total, limit: MOST_IMAGES } },
    );
  }
  layouts.forEach(({ shape, isPlanar }, i) => {
    const images = pairs[i]?.images;
    const isSame =
      isPlanar === first.isPlanar &&
      shape.height === first.shape.height &&
      shape.width === first.shape.width &&
      shape.channels === first.shape.channels;
    if (isSame || images === undefined) return;
    throw inputError(
      'bad-dataset-file',
      `${path}: "${images.name}" is ${describeArray(images)}, but the training images are ${shapeText(first.shape)}; all splits need images of one size.`,
      { path: `${path}#${images.name}` },
    );
  });
  return first;
}

function shapeText({ height, width, channels }: ImageShape): string {
  return `${width}×${height} with ${channels} ${channels === 1 ? 'channel' : 'channels'}`;
}

async function layoutOfImages(path: string, images: StoredArray): Promise<Layout> {
  const { dtype, shape, name } = images;
  const [, a = 0, b = 0, c = 1] = shape;
  const isPlanar = shape.length === 4 && !isChannels(c) && isChannels(a);
  const [height, width, channels] = isPlanar ? [b, c, a] : [a, b, c];
  const fits = (side: number): boolean => side >= 1 && side <= LARGEST_ARRAY_SIDE;
  const isImages = (shape.length === 3 || shape.length === 4) && fits(height) && fits(width);
  if (dtype !== 'U8' || !isImages || !isChannels(channels)) {
    throw inputError(
      'bad-dataset-file',
      `${path}: "${name}" is ${describeArray(images)}; it must be U8 [N, height, width] or [N, height, width, 1 or 3], sides up to ${LARGEST_ARRAY_SIDE}.${await waysToBytes(images)}`,
      { path: `${path}#${name}` },
    );
  }
  if (images.isFortran) throw columnByColumn(path, images);
  return { shape: { height, width, channels }, isPlanar };
}

function isChannels(count: number): count is 1 | 3 {
  return count === 1 || count === 3;
}

async function classesOf(
  { path, arrays, classNames }: ArrayFile,
  read: readonly { pair: Pair; labels: ArrayLabels }[],
  mayStartLater: boolean,
): Promise<{ classes: readonly string[]; numbers: Int32Array[] }> {
  if (read.some(({ labels }) => labels.kind === 'texts')) {
    const texts = read.map(({ pair, labels }) => {
      if (labels.kind === 'texts') return labels.texts;
      throw inputError(
        'bad-dataset-file',
        `${path}: "${pair.labels.name}" holds numbers, the labels of another split texts; give both as texts.`,
        { path: `${path}#${pair.labels.name}` },
      );
    });
    const { classes, labels } = classesOfNames(path, texts.flat());
    let from = 0;
    return { classes, numbers: texts.map(({ length }) => labels.slice(from, (from += length))) };
  }
  const splits = read.flatMap(({ pair, labels }) =>
    labels.kind === 'numbers' ? [{ name: pair.labels.name, labels: labels.labels }] : [],
  );
  const named = arrays.find(({ name, dtype, shape }) => {
    return isClassNames(name) && (dtype === 'utf32' || dtype === 'ascii') && shape.length === 1;
  });
  const names = classNames ?? (named === undefined ? undefined : await readTexts(named));
  const { classes, first } = classesOfNumbers(path, splits, { names, mayStartLater });
  return {
    classes,
    numbers: splits.map(({ labels }) =>
      first === 0 ? labels : labels.map((label) => label - first),
    ),
  };
}
