// Which layouts a scanned tree may have, the likeliest first, and whether the first one is sure enough to
// be used without asking. Pure; looks at folder names and at where images lie.
import type { LayoutName } from '../../../shared/spec/layout.ts';
import type { ScannedFolder } from './scan-tree.ts';
import { splitFoldersAmong, type SplitFolders } from './split-names.ts';
import { unwrapped, unwrappedSplit } from './unwrap.ts';

export interface PossibleLayouts {
  /** At least one. */
  readonly layouts: readonly LayoutName[];
  /** Why it must be asked, as a sentence; undefined when the first layout is clear. */
  readonly doubt?: string;
}

const clear = (...layouts: LayoutName[]): PossibleLayouts => ({ layouts });
const asked = (doubt: string, ...layouts: LayoutName[]): PossibleLayouts => ({ layouts, doubt });

export function findLayouts(root: ScannedFolder): PossibleLayouts {
  const base = unwrapped(root);
  const splits = splitFoldersAmong(base.folders.map(({ name }) => name));
  const holders = holdersIn(base);
  const named = holders.filter(({ name }) => splits.has(name));
  const others = holders.filter(({ name }) => !splits.has(name));
  if (named.length === 0) return amongClasses(holders);
  const train = named.find(({ name }) => splits.get(name) === 'train');
  const trainInside = train && unwrappedSplit(train, undefined);
  if (train !== undefined && trainInside !== undefined && holdersIn(trainInside).length > 0) {
    return withTrainSplit({ train, trainInside, splits, named, others });
  }
  return withoutTrainSplit({ train, named, others });
}

interface Found {
  readonly train: ScannedFolder | undefined;
  /** Folders with images whose name is a split's. */
  readonly named: readonly ScannedFolder[];
  /** All others with images. */
  readonly others: readonly ScannedFolder[];
}

/** A train folder with class folders in it. */
function withTrainSplit({
  train,
  trainInside,
  splits,
  named,
  others,
}: Found & {
  readonly train: ScannedFolder;
  readonly trainInside: ScannedFolder;
  readonly splits: SplitFolders;
}): PossibleLayouts {
  const trainNames = namesOf(holdersIn(trainInside));
  const inOthers = named.filter((folder) => folder !== train);
  const shares = inOthers.some((folder) => {
    const inside = unwrappedSplit(folder, trainNames);
    return holdersIn(inside).some(({ name }) => trainNames.includes(name));
  });
  const inside = amongClasses(holdersIn(trainInside));
  const isDeep = inside.layouts.includes('folder/class');
  const deep: LayoutName[] = isDeep ? ['split/folder/class'] : [];
  if (others.length > 0 && !shares) {
    return asked(
      `"${train.name}" may be the training split or a class beside ${quoted(namesOf(others))}`,
      ...['split/class' as const, ...deep, 'class' as const],
    );
  }
  const flatVal = inOthers.find(
    (folder) =>
      splits.get(folder.name) === 'val' &&
      holdersIn(unwrappedSplit(folder, trainNames)).length === 0,
  );
  if (flatVal !== undefined) {
    return asked(
      `"${flatVal.name}" holds ${flatVal.imageCount} images without class folders, so nothing says what they show`,
      'train/class',
    );
  }
  if (inside.doubt !== undefined && inside.layouts.includes('folder/class')) {
    return asked(inside.doubt, 'split/class', 'split/folder/class');
  }
  return clear('split/class', ...deep);
}

/** Split names, but no train folder with class folders in it. */
function withoutTrainSplit({ train, named, others }: Found): PossibleLayouts {
  const flat = named.filter((folder) => holdersIn(folder).length === 0);
  const [first] = named;
  if (others.length === 0 || first === undefined) return clear('split/class');
  // `train` among bus and car; a val or test folder without classes is more likely a split.
  if (flat.length === named.length) {
    if (train !== undefined && named.length === 1) return clear('class');
    const names = quoted(namesOf(named));
    return asked(
      `${names} may be ${named.length === 1 ? 'a split' : 'splits'} without class folders, or ${named.length === 1 ? 'a class' : 'classes'} beside ${quoted(namesOf(others))}`,
      ...(train === undefined ? (['class+split', 'class'] as const) : (['class'] as const)),
    );
  }
  const otherNames = namesOf(others);
  const areClasses = named.every((folder) =>
    holdersIn(unwrappedSplit(folder, otherNames)).every(({ name }) => otherNames.includes(name)),
  );
  if (areClasses && train === undefined) return clear('class+split', 'class');
  return asked(
    `${quoted(namesOf(named))} may be a split or a class, and there is no training split`,
    'class',
    'folder/class',
  );
}

/** Folders of which none is a split by its name. */
function amongClasses(holders: readonly ScannedFolder[]): PossibleLayouts {
  const withFolders = holders.filter((folder) => holdersIn(folder).length > 0);
  if (withFolders.length === 0) return clear('class');
  const below = splitsBelow(holders);
  if (below !== undefined) return below;
  if (holders.length < 2 || holders.some(({ images }) => images.length > 0)) {
    return clear('class', 'folder/class');
  }
  const inner = holders.map((folder) => namesOf(holdersIn(folder)));
  const counts = new Map<string, number>();
  for (const name of inner.flat()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const shared = [...counts].filter(([, count]) => count > 1).map(([name]) => name);
  const outer = quoted(namesOf(holders));
  // Digits may be classes, years and dates are not.
  if (shared.length > 1 && !shared.every((name) => /^(?:19|20)\d\d/.test(name))) {
    return asked(
      `${outer} hold folders of the same names (${quoted(shared)}), so either may be the classes`,
      ...['class' as const, 'folder/class' as const],
    );
  }
  const areKinds = inner.every((names) => names.length > 1) && shared.length === 0;
  if (areKinds && !inner.flat().every(isNumberOrDate)) {
    return asked(
      `${outer} hold folders of other names (${quoted(inner.flat())}), so either may be the classes`,
      ...['class' as const, 'folder/class' as const],
    );
  }
  return clear('class', 'folder/class');
}

/** cat/train, cat/val …; or site/train/cat. */
function splitsBelow(holders: readonly ScannedFolder[]): PossibleLayouts | undefined {
  const trains = holders.flatMap((folder) => {
    const splits = splitFoldersAmong(namesOf(holdersIn(folder)));
    return holdersIn(folder).filter(({ name }) => splits.get(name) === 'train');
  });
  if (trains.length === 0 || holders.length < 2) return undefined;
  if (trains.length < holders.length) {
    return asked(
      `only ${trains.length} of ${holders.length} folders hold a train folder`,
      'class/split',
      'class',
    );
  }
  const inner = trains.map((train) => namesOf(holdersIn(unwrappedSplit(train, undefined))));
  const [first = []] = inner;
  const isSame = first.filter((name) => inner.every((names) => names.includes(name))).length > 1;
  return isSame ? clear('folder/split/class', 'class/split') : clear('class/split', 'class');
}

function holdersIn({ folders }: ScannedFolder): ScannedFolder[] {
  return folders.filter(({ imageCount }) => imageCount > 0);
}

function namesOf(folders: readonly ScannedFolder[]): string[] {
  return folders.map(({ name }) => name);
}

/** Sessions, years, numbered parts: nobody's classes. */
function isNumberOrDate(name: string): boolean {
  return /^[\d\s._:-]+$/.test(name);
}

/** `"a", "b" and 3 more`. */
export function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 4).map((name) => `"${name}"`);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
