// Which arrays of a file are images, which are labels, and of which split, by their names: `x_train`,
// `train_images`, `valLabels`, `images`. Pure. Whatever has no role is for the caller to name.
import type { SplitName } from '../dataset.ts';

export interface ArrayRole {
  readonly part: 'images' | 'labels';
  readonly split: SplitName;
}

const IMAGE_WORDS: ReadonlySet<string> = new Set(
  'x images image imgs img data inputs input features pixels'.split(' '),
);
const LABEL_WORDS: ReadonlySet<string> = new Set(
  'y labels label targets target lbls lbl'.split(' '),
);
const SPLIT_WORDS: Readonly<Record<string, SplitName>> = {
  ...{ train: 'train', training: 'train', tr: 'train' },
  ...{ val: 'val', valid: 'val', validation: 'val', dev: 'val' },
  ...{ test: 'test', testing: 'test', te: 'test' },
};
/** Says nothing: `train_set_x`. */
const FILLERS: ReadonlySet<string> = new Set(['set', 'all']);

/** Undefined for a name that says neither. */
export function roleOfName(name: string): ArrayRole | undefined {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[\s_\-./:]+/)
    .filter((word) => word !== '' && !FILLERS.has(word));
  const splits = words.filter((word) => Object.hasOwn(SPLIT_WORDS, word));
  const rest = words.filter((word) => !Object.hasOwn(SPLIT_WORDS, word));
  const [word] = rest;
  if (word === undefined || rest.length > 1 || splits.length > 1) return undefined;
  const split = SPLIT_WORDS[splits[0] ?? 'train'] ?? 'train';
  if (IMAGE_WORDS.has(word)) return { part: 'images', split };
  return LABEL_WORDS.has(word) ? { part: 'labels', split } : undefined;
}

/** Names of classes, in the order of their numbers. */
export function isClassNames(name: string): boolean {
  return /^(?:class(?:es|_?names)|label_?names|target_?names|categories)$/i.test(name);
}
