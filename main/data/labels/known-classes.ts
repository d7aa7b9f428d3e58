// What the labels of a list mean where the classes are known already: names of class folders, or numbers
// of them. A numbering comes from a list of training images, else it is the order of the class folders
// from 0, as Caffe's and torchvision's are. A label that could mean two classes is never guessed.
export interface ClassLabels {
  /** The class, or why there is none, as a part of a sentence. */
  resolve(text: string): { readonly className: string } | { readonly reason: string };
  /** Which class a number stands for, as a sentence; undefined where labels are names. */
  readonly numbering: string | undefined;
}

export interface KnownClasses {
  /** In code-unit order. */
  readonly names: readonly string[];
  isClass(text: string): boolean;
  /** Undefined for what is no name of one. */
  find(text: string): string | undefined;
}

export function knownClasses(names: readonly string[]): KnownClasses {
  const byName = new Map(names.map((name) => [name, name]));
  // Folders 00000, 00001 … are called 0, 1 … in lists.
  const byNumber = new Map(names.map((name) => [numberOf(name), name]));
  const areNumbers = !byNumber.has(undefined) && byNumber.size === names.length;
  const find = (text: string): string | undefined =>
    byName.get(text) ??
    (areNumbers ? byNumber.get(numberOf(text) ?? Number.NaN) : undefined) ??
    firstOfBoxes(text, byName);
  return { names, find, isClass: (text) => find(text) !== undefined };
}

/** `n01440764 10 20 30 40 n01440764 …`, as ImageNet lists its boxes: only if all are of one class. */
function firstOfBoxes(text: string, byName: ReadonlyMap<string, string>): string | undefined {
  const words = text.split(/\s+/);
  if (words.length < 5 || words.length % 5 !== 0) return undefined;
  const classes = words.filter((_, i) => i % 5 === 0);
  const [first = ''] = classes;
  return classes.every((one) => one === first) ? byName.get(first) : undefined;
}

function numberOf(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

const WORTH_READING = 0.5;

/**
 * How the labels of one list are to be read, or why they can't be, as a part of a sentence. `numbered` gives
 * the class of each number by another list; it is asked for only where labels are numbers.
 */
export function classLabelsOf(
  texts: readonly string[],
  classes: KnownClasses,
  numbered: () => ReadonlyMap<number, string> | undefined,
): ClassLabels | { readonly reason: string } {
  const found = texts.filter((text) => classes.isClass(text)).length;
  if (texts.length > 0 && found >= texts.length * WORTH_READING) {
    return { resolve: (text) => named(text, classes.find(text)), numbering: undefined };
  }
  const numbers = texts.map(numberOf).filter((number) => number !== undefined);
  if (numbers.length === 0 || numbers.length < texts.length) {
    const [first = ''] = texts.filter((text) => !classes.isClass(text));
    return { reason: `its labels are no classes of the training split, e.g. "${first}"` };
  }
  const byNumber = numbered();
  if (byNumber !== undefined) {
    return {
      resolve: (text) => named(text, byNumber.get(Number(text))),
      numbering: `Its numbers mean what they mean for the training images: ${numberingOf(byNumber)}.`,
    };
  }
  return inFolderOrder(numbers, classes);
}

function inFolderOrder(
  numbers: readonly number[],
  { names }: KnownClasses,
): ClassLabels | { readonly reason: string } {
  const largest = numbers.reduce((a, b) => Math.max(a, b), 0);
  if (largest >= names.length) {
    return {
      reason: `its labels are numbers up to ${largest}, and nothing says which of the ${names.length} classes has which number`,
    };
  }
  const byNumber = new Map(names.map((name, number) => [number, name]));
  return {
    resolve: (text) => named(text, byNumber.get(Number(text))),
    numbering: `Its numbers are taken for places in the list of class folders, from 0: ${numberingOf(byNumber)}.`,
  };
}

function named(text: string, className: string | undefined) {
  return className === undefined
    ? { reason: `has a label that is no class of the training split: "${text.slice(0, 100)}"` }
    : { className };
}

const SHOWN_NUMBERS = 3;

/** `0 is cat, 1 is dog`. */
function numberingOf(byNumber: ReadonlyMap<number, string>): string {
  const sorted = [...byNumber].sort(([a], [b]) => a - b);
  const shown = sorted.slice(0, SHOWN_NUMBERS).map(([number, name]) => `${number} is ${name}`);
  return shown.join(', ') + (sorted.length > SHOWN_NUMBERS ? ', …' : '');
}
