// Images in columns of Parquet files as a tree of files that are fetched: a group of rows is read when the
// first of its images is asked for, and kept until others have taken its place.
import { failure } from '../../../shared/errors.ts';
import type { FileTree } from '../file-tree.ts';
import { isUnreadable, type ImageFile, type Unreadable } from '../image-file.ts';
import type { LeafReader } from './leaf-reader.ts';
import type { LeafPlace, LeafValue } from './read-leaf.ts';

/** Where an image is; its name is the key. */
export interface ImageRow {
  /** Of the column of bytes. */
  readonly place: LeafPlace;
  /** In the group. */
  readonly row: number;
}

/** Batches that are decoded at once may lie in several groups. */
const KEPT_GROUPS = 4;

type Group = Promise<readonly LeafValue[] | Unreadable>;

export function parquetTree(
  root: string,
  rows: ReadonlyMap<string, ImageRow>,
  reader: LeafReader,
): FileTree {
  const kept = new Map<string, Group>();
  const groupOf = (place: LeafPlace): Group => {
    const key = `${place.path}\0${place.group}`;
    const group = kept.get(key) ?? reader.read(place);
    kept.delete(key);
    kept.set(key, group);
    for (const oldest of [...kept.keys()].slice(0, kept.size - KEPT_GROUPS)) kept.delete(oldest);
    return group;
  };
  return {
    root,
    entriesOf: () => [...rows.keys()].map((name) => ({ name, isFolder: false })),
    identityOf: (folder) => folder,
    factsOf: () => undefined,
    locate: (file) => {
      throw failure('read-failed', `${file} has to be fetched.`);
    },
    fetch: async (file): Promise<ImageFile | Unreadable> => {
      const image = rows.get(file);
      if (image === undefined) throw new Error(`${file} is no image of ${root}.`);
      const values = await groupOf(image.place);
      if (isUnreadable(values)) return { reason: `lies in a group of rows that ${values.reason}` };
      const value = values[image.row];
      return value instanceof Uint8Array
        ? { path: file, bytes: value }
        : { reason: 'has no bytes in the file; it may only have a path, as of an image elsewhere' };
    },
  };
}
