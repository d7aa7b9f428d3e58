// CIFAR-10 and CIFAR-100, the binary version: records of label bytes followed by 3072 bytes of planar
// 32×32 RGB. Names, sizes and conversion; where the bytes come from (folder or archive) is the
// caller's. `test_batch.bin` and `test.bin` are the test split, all else is train.
import { inputError } from '../../shared/errors.ts';
import type { ImageShape, SplitName } from './dataset.ts';
import type { SourceRow } from './source.ts';

export const CIFAR_SHAPE: ImageShape = { height: 32, width: 32, channels: 3 };
const SIDE = 32;
const PLANE_BYTES = SIDE * SIDE;

export interface CifarVariant {
  readonly kind: 'cifar10' | 'cifar100';
  readonly label: string;
  /** Bytes before the pixels; the last of them is the (fine) class. */
  readonly labelBytes: number;
  readonly classCount: number;
  readonly namesFile: string;
  readonly defaultNames: readonly string[];
  /** Where the official archive keeps its files. */
  readonly innerFolder: string;
  readonly officialBytes: Readonly<Record<string, number>>;
}

const CIFAR10_BATCH_BYTES = 30_730_000;

export const CIFAR_VARIANTS: readonly CifarVariant[] = [
  {
    kind: 'cifar10',
    label: 'CIFAR-10',
    labelBytes: 1,
    classCount: 10,
    namesFile: 'batches.meta.txt',
    defaultNames: 'airplane automobile bird cat deer dog frog horse ship truck'.split(' '),
    innerFolder: 'cifar-10-batches-bin',
    officialBytes: {
      'data_batch_1.bin': CIFAR10_BATCH_BYTES,
      'data_batch_2.bin': CIFAR10_BATCH_BYTES,
      'data_batch_3.bin': CIFAR10_BATCH_BYTES,
      'data_batch_4.bin': CIFAR10_BATCH_BYTES,
      'data_batch_5.bin': CIFAR10_BATCH_BYTES,
      'test_batch.bin': CIFAR10_BATCH_BYTES,
    },
  },
  {
    kind: 'cifar100',
    label: 'CIFAR-100',
    labelBytes: 2,
    classCount: 100,
    namesFile: 'fine_label_names.txt',
    defaultNames: Array.from({ length: 100 }, (_, i) => `class ${i}`),
    innerFolder: 'cifar-100-binary',
    officialBytes: { 'train.bin': 153_700_000, 'test.bin': 30_740_000 },
  },
];

export interface CifarFile {
  readonly name: string;
  readonly split: SplitName;
  readonly sizeBytes: number;
}

/** Which dataset the given file names are, if any. */
export function findCifarVariant(names: ReadonlySet<string>): CifarVariant | undefined {
  return CIFAR_VARIANTS.find(({ officialBytes }) => {
    const [first] = Object.keys(officialBytes);
    return first !== undefined && names.has(first);
  });
}

/** The data files that exist, in order, after checking that none is missing or cut off. */
export function planCifar(
  variant: CifarVariant,
  sizes: ReadonlyMap<string, number>,
  where: string,
): CifarFile[] {
  const recordBytes = recordBytesOf(variant);
  const files: CifarFile[] = [];
  const train = Object.keys(variant.officialBytes).filter((name) => !name.startsWith('test'));
  const lastTrain = train.findLastIndex((name) => sizes.has(name));
  const official = Object.entries(variant.officialBytes).some(
    ([name, bytes]) => sizes.get(name) === bytes,
  );
  for (const [name, officialBytes] of Object.entries(variant.officialBytes)) {
    const sizeBytes = sizes.get(name);
    if (sizeBytes === undefined) {
      if (official || (train.indexOf(name) >= 0 && train.indexOf(name) < lastTrain)) {
        throw inputError(
          'missing-file',
          `${where} lacks ${name} of ${variant.label}; fetch the dataset again.`,
          { path: where, details: { missing: name } },
        );
      }
      continue;
    }
    // One file of the official size marks the official set: then every file must have its size.
    const expected = official
      ? officialBytes
      : Math.max(1, Math.ceil(sizeBytes / recordBytes)) * recordBytes;
    if (sizeBytes !== expected) throw wrongSize(variant, where, name, expected, sizeBytes);
    files.push({ name, split: name.startsWith('test') ? 'test' : 'train', sizeBytes });
  }
  return files;
}

export function recordBytesOf(variant: CifarVariant): number {
  return variant.labelBytes + 3 * PLANE_BYTES;
}

export function wrongSize(
  variant: CifarVariant,
  where: string,
  name: string,
  expected: number,
  given: number,
): Error {
  const what = given < expected ? 'is truncated' : 'is too long';
  return inputError(
    'truncated-file',
    `${name} in ${where} ${what}: ${given} bytes instead of ${expected} (${variant.label} has records of ${recordBytesOf(variant)} bytes); fetch the dataset again.`,
    { path: `${where}/${name}`, details: { expected, given } },
  );
}

/** The names listed in the dataset's own file, or the well-known ones. */
export function cifarClasses(variant: CifarVariant, namesText: string | undefined): string[] {
  const names = (namesText ?? '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return names.length === variant.classCount ? names : [...variant.defaultNames];
}

/** The rows of one file's bytes. The pixels of a row are overwritten by the next. */
export function* cifarRows(
  variant: CifarVariant,
  file: CifarFile,
  bytes: Uint8Array,
  where: string,
): Generator<SourceRow, void, undefined> {
  const recordBytes = recordBytesOf(variant);
  const pixels = new Uint8Array(3 * PLANE_BYTES);
  for (let record = 0; (record + 1) * recordBytes <= bytes.length; record++) {
    const start = record * recordBytes;
    const label = bytes[start + variant.labelBytes - 1] ?? 0;
    if (label >= variant.classCount) {
      throw inputError(
        'bad-label',
        `Record ${record} of ${file.name} in ${where} has the label ${label}; ${variant.label} has ${variant.classCount} classes. The file is damaged; fetch it again.`,
        { path: `${where}/${file.name}`, details: { record, label } },
      );
    }
    const plane = start + variant.labelBytes;
    for (let i = 0, to = 0; i < PLANE_BYTES; i++, to += 3) {
      pixels[to] = bytes[plane + i] ?? 0;
      pixels[to + 1] = bytes[plane + PLANE_BYTES + i] ?? 0;
      pixels[to + 2] = bytes[plane + 2 * PLANE_BYTES + i] ?? 0;
    }
    const source = `${file.name}#${record}`;
    yield { split: file.split, label, source, width: SIDE, height: SIDE, pixels };
  }
}
