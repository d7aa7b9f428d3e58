// Wrapper folders: archives and downloads often hold one folder with everything in it, sometimes of the
// same name (`seg_train/seg_train`). Pure.
import type { ScannedFolder } from './scan-tree.ts';
import { saysOnlyImages, splitOfName } from './split-names.ts';

/** The folder that holds splits or classes: `root` itself unless all its images lie in wrappers. */
export function unwrapped(root: ScannedFolder): ScannedFolder {
  let folder = root;
  for (;;) {
    const inner = onlyHolder(folder);
    if (inner === undefined || splitOfName(inner.name) !== undefined) return folder;
    if (!holdsFolders(inner)) return folder;
    folder = inner;
  }
}

/**
 * The same within a split folder. `trainClasses` are those of the training split, which tell whether one
 * folder in another split is a wrapper or the only class of it; undefined for the training split itself.
 */
export function unwrappedSplit(
  split: ScannedFolder,
  trainClasses: readonly string[] | undefined,
): ScannedFolder {
  let folder = split;
  for (;;) {
    const inner = onlyHolder(folder);
    if (inner === undefined || folder.images.length > 0) return folder;
    const isWrapper =
      inner.name === folder.name ||
      splitOfName(inner.name) !== undefined ||
      isOnlyImages(inner, trainClasses) ||
      (inner.images.length === 0 && holdsClasses(inner, trainClasses));
    if (!isWrapper) return folder;
    folder = inner;
  }
}

/** `val/images/1.jpg`: a folder that only says what is in it, and is no class of the training split. */
function isOnlyImages(
  { name, folders }: ScannedFolder,
  trainClasses: readonly string[] | undefined,
): boolean {
  if (trainClasses === undefined || folders.length > 0) return false;
  return !trainClasses.includes(name) && saysOnlyImages(name);
}

/** One class in the training split would be of no use, so its folders are the classes. */
function holdsClasses(
  { name, folders }: ScannedFolder,
  trainClasses: readonly string[] | undefined,
): boolean {
  const holders = folders.filter(({ imageCount }) => imageCount > 0);
  if (trainClasses === undefined) return holders.length > 1;
  return (
    !trainClasses.includes(name) && holders.some((holder) => trainClasses.includes(holder.name))
  );
}

/** The one folder with images; undefined if there are others, or empty ones, which may be classes. */
function onlyHolder(folder: ScannedFolder): ScannedFolder | undefined {
  const [only, ...others] = folder.folders.filter(({ imageCount }) => imageCount > 0);
  if (only === undefined || others.length > 0) return undefined;
  const isEmpty = folder.folders.some((one) => one.imageCount === 0 && one.otherCount === 0);
  return isEmpty ? undefined : only;
}

/**
 * A class with a folder of more images in it is no wrapper. A cover picture beside the one folder that leads to
 * several folders makes no class of all that is below.
 */
function holdsFolders(folder: ScannedFolder): boolean {
  const holders = folder.folders.filter(({ imageCount }) => imageCount > 0);
  if (folder.images.length === 0) return holders.length > 0;
  const [only] = holders;
  return holders.length > 1 || (only !== undefined && leadsToSeveral(only));
}

/** Classes or splits: at the end of a chain of folders that hold one folder each. */
function leadsToSeveral({ folders }: ScannedFolder): boolean {
  const holders = folders.filter(({ imageCount }) => imageCount > 0);
  const [only] = holders;
  return holders.length > 1 || (only !== undefined && leadsToSeveral(only));
}
