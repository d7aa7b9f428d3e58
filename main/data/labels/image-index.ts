// Finds the image that a cell of a list names: `cat/1.jpg`, `1.jpg`, `1`, a path of another machine.
import type { ScannedFolder, ScannedImage } from '../layout/scan-tree.ts';

export interface ImageIndex {
  readonly images: readonly ScannedImage[];
  /** Undefined if there is none or if it could be several. */
  find(cell: string): ScannedImage | undefined;
  /** Why there is none, as a part of a sentence. */
  whyNone(cell: string): string;
}

export function createImageIndex(root: ScannedFolder): ImageIndex {
  const images: ScannedImage[] = [];
  const byStem = new Map<string, ScannedImage[]>();
  const visit = (folder: ScannedFolder): void => {
    for (const image of folder.images) {
      images.push(image);
      const stem = stemOf(lastOf(image.path));
      const known = byStem.get(stem);
      if (known === undefined) byStem.set(stem, [image]);
      else known.push(image);
    }
    folder.folders.forEach(visit);
  };
  visit(root);
  return {
    images,
    find: (cell) => findIn(byStem, cell),
    whyNone: (cell) => {
      const [one, other] = namedBy(byStem, cell);
      return one === undefined || other === undefined
        ? 'names no image'
        : `could name several images, e.g. ${one.path} and ${other.path}`;
    },
  };
}

/** All whose name fits, wherever they lie. */
function namedBy(
  byStem: ReadonlyMap<string, readonly ScannedImage[]>,
  cell: string,
): readonly ScannedImage[] {
  const name = lastOf(pathOf(cell));
  // An id may hold a dot of its own.
  return name === '' ? [] : [...(byStem.get(stemOf(name)) ?? []), ...(byStem.get(name) ?? [])];
}

/** As a path of this kind of system; a list may come from another. */
function pathOf(cell: string): string {
  return cell.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
}

function findIn(
  byStem: ReadonlyMap<string, readonly ScannedImage[]>,
  cell: string,
): ScannedImage | undefined {
  const path = pathOf(cell);
  const name = lastOf(path);
  const found = namedBy(byStem, cell);
  const [only] = found;
  if (found.length <= 1) return only;
  const narrowed = [
    (image: ScannedImage) => image.path === path || image.path.endsWith(`/${path}`),
    (image: ScannedImage) => stemOf(image.path) === path || stemOf(image.path).endsWith(`/${path}`),
    (image: ScannedImage) => path.endsWith(`/${image.path}`),
    (image: ScannedImage) => lastOf(image.path) === name,
  ].map((fits) => [...new Set(found.filter(fits))]);
  return narrowed.find(({ length }) => length === 1)?.[0];
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function stemOf(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') + 1 ? path.slice(0, dot) : path;
}
