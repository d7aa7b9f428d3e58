// The labels of an array: whole numbers [N] or [N, 1], one-hot rows [N, classes], or texts [N].
import { inputError, messageOf } from '../../../shared/errors.ts';
import {
  LARGEST_LABEL_FILE_BYTES,
  LONGEST_CLASS_NAME,
  MOST_CLASSES,
} from '../../../shared/limits.ts';
import { formatBytes } from '../../../shared/format.ts';
import { readFloats, readIntegers } from '../../../shared/tensor-values.ts';
import { describeArray, readWhole, type StoredArray } from './stored-array.ts';

export type ArrayLabels =
  | { readonly kind: 'numbers'; readonly labels: Int32Array }
  | { readonly kind: 'texts'; readonly texts: readonly string[] };

/** One for each of `count` images. @throws inputError `bad-dataset-file`, `bad-label` */
export async function readLabels(
  where: string,
  array: StoredArray,
  count: number,
): Promise<ArrayLabels> {
  const { shape, name, elementBytes } = array;
  const [rows, width = 1] = shape;
  if (rows !== count || shape.length > 2 || width < 1 || width > MOST_CLASSES) {
    throw inputError(
      'bad-dataset-file',
      `${where}: "${name}" is ${describeArray(array)}; it must be one label for each of ${count} images: [${count}], [${count}, 1] or one-hot [${count}, classes].`,
      { path: `${where}#${name}` },
    );
  }
  const sizeBytes = count * width * elementBytes;
  if (sizeBytes > LARGEST_LABEL_FILE_BYTES) {
    throw inputError(
      'too-large',
      `${where}: "${name}" has ${formatBytes(sizeBytes)}; labels of up to ${formatBytes(LARGEST_LABEL_FILE_BYTES)} are read.`,
      { path: `${where}#${name}`, details: { sizeBytes } },
    );
  }
  if (array.dtype === 'utf32' || array.dtype === 'ascii') {
    if (width > 1) throw severalLabels(where, array);
    return { kind: 'texts', texts: await readTexts(array) };
  }
  if (array.isFortran && width > 1) throw columnByColumn(where, array);
  const bytes = await readWhole(array, sizeBytes);
  const values = wholeNumbers(where, array, bytes);
  return { kind: 'numbers', labels: width === 1 ? values : fromOneHot(where, array, values) };
}

/** Zeros at the end are padding. Only for arrays of one dimension. */
export async function readTexts(array: StoredArray): Promise<string[]> {
  const { dtype, elementBytes, shape } = array;
  const count = shape[0] ?? 0;
  const bytes = await readWhole(array, count * elementBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, row) => {
    let text = '';
    const step = dtype === 'utf32' ? 4 : 1;
    for (let at = row * elementBytes; at < (row + 1) * elementBytes; at += step) {
      const point = step === 4 ? view.getUint32(at, true) : view.getUint8(at);
      if (point === 0 || text.length >= LONGEST_CLASS_NAME) break;
      text += point > 0x10_ffff ? '\ufffd' : String.fromCodePoint(point);
    }
    return text;
  });
}

function wholeNumbers(where: string, { dtype, name }: StoredArray, bytes: Uint8Array): Int32Array {
  if (dtype === 'utf32' || dtype === 'ascii') throw new Error(`${name} holds texts.`);
  if (!/^B?F/.test(dtype)) {
    try {
      return readIntegers(dtype, bytes);
    } catch (error) {
      throw inputError('bad-label', `${where}: "${name}" holds no labels. ${messageOf(error)}`, {
        path: `${where}#${name}`,
        cause: error,
      });
    }
  }
  const floats = readFloats(dtype, bytes);
  const odd = floats.findIndex((value) => value !== (value | 0));
  if (odd >= 0) {
    throw inputError(
      'bad-label',
      `${where}: the label of image ${odd} in "${name}" is ${floats[odd]}; labels are whole numbers.`,
      { path: `${where}#${name}`, details: { row: odd } },
    );
  }
  return Int32Array.from(floats);
}

function fromOneHot(where: string, array: StoredArray, values: Int32Array): Int32Array {
  const [count = 0, width = 0] = array.shape;
  const labels = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    let hot = -1;
    for (let label = 0; label < width; label++) {
      const value = values[row * width + label];
      if (value === 0) continue;
      if (value !== 1 || hot >= 0) throw severalLabels(where, array, row);
      hot = label;
    }
    labels[row] = hot;
  }
  return labels;
}

function severalLabels(where: string, array: StoredArray, row?: number): Error {
  const which = row === undefined ? '' : `; image ${row} is not one 1 among zeros`;
  return inputError(
    'several-labels',
    `${where}: "${array.name}" is ${describeArray(array)}${which}. Images with several labels each are not read: every image needs exactly one class.`,
    { path: `${where}#${array.name}`, ...(row === undefined ? {} : { details: { row } }) },
  );
}

export function columnByColumn(where: string, { name }: StoredArray): Error {
  return inputError(
    'bad-dataset-file',
    `${where}: "${name}" is stored column by column (Fortran order); save numpy.ascontiguousarray of it.`,
    { path: `${where}#${name}` },
  );
}
