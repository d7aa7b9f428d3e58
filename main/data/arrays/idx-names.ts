// Which files of a folder are MNIST's: `train-images-idx3-ubyte`, `t10k-labels-idx1-ubyte.gz`, and the same
// with a name in front, as EMNIST has it (`emnist-letters-train-images-idx3-ubyte`). Pure.
import type { SplitName } from '../dataset.ts';

export interface IdxName {
  /** What comes before the split: '' for MNIST. Files of one dataset share it. */
  readonly prefix: string;
  readonly split: SplitName;
  readonly part: 'images' | 'labels';
  readonly isGzipped: boolean;
}

const SPLITS: Readonly<Record<string, SplitName>> = {
  ...{ train: 'train', t10k: 'test', test: 'test', val: 'val', valid: 'val', validation: 'val' },
};

export function parseIdxName(name: string): IdxName | undefined {
  const [, prefix = '', split = '', part = '', gz] =
    /^(.*?)(train|t10k|test|val|valid|validation)[-_.](images?|labels?)[-_.]idx[13](?:[-_.]u?byte)?(\.gz)?$/i.exec(
      name,
    ) ?? [];
  const known = SPLITS[split.toLowerCase()];
  if (known === undefined) return undefined;
  return {
    prefix,
    split: known,
    part: part.toLowerCase().startsWith('image') ? 'images' : 'labels',
    isGzipped: gz !== undefined,
  };
}

/** Where tools put these files inside the folder that people name. */
export const IDX_FOLDERS: readonly string[] = [
  '',
  'raw',
  ...['MNIST', 'FashionMNIST', 'KMNIST', 'EMNIST', 'QMNIST'].map((name) => `${name}/raw`),
  'gzip',
];
