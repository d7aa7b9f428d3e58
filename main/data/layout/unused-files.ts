// Files below a dataset that are not used, counted by reason, with some of their paths. Together with the
// used images and the problems they are all files of the folder.
import { MOST_EXAMPLES } from '../../../shared/limits.ts';

/** Why files are not used, as a part of a sentence after "12 files". */
export const UNUSED_REASONS = {
  'system-files': 'are hidden or left by the system',
  'no-images': 'are no images',
  'beside-classes': 'are images beside the class folders, so they have no class',
  'without-class': 'are images of a split without class folders, so they have no class',
  'outside-splits': 'are images outside the split folders',
  'not-in-list': 'are images without a label in the list',
  'without-label': 'are images without a label',
} as const;

export type UnusedCode = keyof typeof UNUSED_REASONS;

export interface UnusedFiles {
  readonly code: UnusedCode;
  /** Of all such files. */
  readonly count: number;
  /** Paths of the first ones, relative to the dataset; a folder ends with a slash and stands for its files. */
  readonly examples: readonly string[];
}

export interface UnusedCounter {
  add(code: UnusedCode, path: string, count?: number): void;
  list(): UnusedFiles[];
}

export function createUnusedCounter(): UnusedCounter {
  const groups = new Map<UnusedCode, { count: number; examples: string[] }>();
  return {
    add: (code, path, count = 1) => {
      if (count === 0) return;
      const group = groups.get(code) ?? { count: 0, examples: [] };
      groups.set(code, group);
      group.count += count;
      if (group.examples.length < MOST_EXAMPLES) group.examples.push(path);
    },
    list: () => {
      const codes = Object.keys(UNUSED_REASONS) as UnusedCode[];
      return codes.flatMap((code) => {
        const group = groups.get(code);
        return group === undefined ? [] : [{ code, ...group }];
      });
    },
  };
}

/** `12 files are no images, e.g. a/notes.txt`. */
export function describeUnused({ code, count, examples }: UnusedFiles): string {
  const [first] = examples;
  const reason = count === 1 ? singular(UNUSED_REASONS[code]) : UNUSED_REASONS[code];
  const example = first === undefined ? '' : count === 1 ? `: ${first}` : `, e.g. ${first}`;
  return `${count} ${count === 1 ? 'file' : 'files'} ${reason}${example}`;
}

function singular(reason: string): string {
  return reason
    .replace(/^are images /, 'is an image ')
    .replace(/^are no images/, 'is no image')
    .replace(/^are /, 'is ')
    .replace('they have', 'it has');
}
