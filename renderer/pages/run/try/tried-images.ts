// Images that somebody shows to networks: which of the files that were given are taken, and what their folders
// say they are. Pure.
import { isImageFile, type PickedFile } from '../../../incoming/dropped.ts';

export interface TriedImage {
  /** Tells it from others of the same name. */
  readonly key: string;
  /** Relative to what was given. */
  readonly name: string;
  readonly file: File;
  /** The class whose folder it lies in. */
  readonly truth: string | undefined;
}

/** In the order of their names, with numbers by size. */
export function triedImages(
  files: readonly PickedFile[],
  options: { readonly classes: readonly string[]; readonly round: number },
): TriedImage[] {
  const classOf = new Map(options.classes.map((name) => [name.toLowerCase(), name]));
  const seen = new Map<string, number>();
  return files
    .filter(isImageFile)
    .toSorted((a, b) => collator.compare(a.path, b.path))
    .map(({ path, file }) => {
      // Files that are chosen, dropped or pasted have no folder: those of two folders may share a name.
      const earlier = seen.get(path) ?? 0;
      seen.set(path, earlier + 1);
      const prefix = earlier === 0 ? options.round : `${options.round}-${earlier}`;
      return { key: `${prefix}/${path}`, name: path, file, truth: truthOf(path, classOf) };
    });
}

const collator = new Intl.Collator('en', { numeric: true });

/** The innermost folder that is called as a class is. */
function truthOf(path: string, classOf: ReadonlyMap<string, string>): string | undefined {
  const folders = path.split('/').slice(0, -1);
  for (const folder of folders.toReversed()) {
    const found = classOf.get(folder.toLowerCase());
    if (found !== undefined) return found;
  }
  return undefined;
}

export interface Portion {
  /** Places among all. */
  readonly from: number;
  readonly to: number;
}

/** As many images as one request takes, in turn; one that is too large by itself is alone. */
export function portionsOf(
  sizes: readonly number[],
  most: { readonly images: number; readonly bytes: number },
): Portion[] {
  const portions: Portion[] = [];
  let from = 0;
  let bytes = 0;
  sizes.forEach((size, i) => {
    if (i > from && (i - from >= most.images || bytes + size > most.bytes)) {
      portions.push({ from, to: i });
      [from, bytes] = [i, 0];
    }
    bytes += size;
  });
  if (from < sizes.length) portions.push({ from, to: sizes.length });
  return portions;
}
