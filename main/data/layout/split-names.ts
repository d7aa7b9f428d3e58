// Which folder names mean a split: train, val or test, in any case, with the usual synonyms and
// additions (`Training`, `val2017`, `Test_set`, `asl_train` beside `asl_test`). Names only.
import type { SplitName } from '../dataset.ts';

const WORDS: Readonly<Record<string, SplitName>> = {
  train: 'train',
  training: 'train',
  trn: 'train',
  trainset: 'train',
  trainingset: 'train',
  traindata: 'train',
  trainval: 'train',
  trainingdata: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  validate: 'val',
  validating: 'val',
  valset: 'val',
  validset: 'val',
  validationset: 'val',
  dev: 'val',
  devel: 'val',
  devset: 'val',
  eval: 'val',
  evaluation: 'val',
  evalset: 'val',
  test: 'test',
  testing: 'test',
  tst: 'test',
  testset: 'test',
  testingset: 'test',
  testdata: 'test',
};
/** They say "test" where another folder is the validation split. */
const EVALUATION = new Set(['eval', 'evaluation', 'evalset']);

/** Words that may stand beside a split word without changing what it means. */
const NEUTRAL: ReadonlySet<string> = new Set(
  'set sets data dataset datasets image images img imgs pic pics picture pictures photo photos split splits folder dir sample samples class classes'.split(
    ' ',
  ),
);

export type SplitFolders = ReadonlyMap<string, SplitName>;

/** The split that a folder of this name alone says it is; undefined where other words are in it. */
export function splitOfName(name: string): SplitName | undefined {
  const { split, others } = wordsOf(name);
  return others.every((word) => NEUTRAL.has(word)) ? split : undefined;
}

/** `images`, `img_data`: every word says that there are images, none says which. */
export function saysOnlyImages(name: string): boolean {
  const words = tokensOf(name);
  return words.length > 0 && words.every((word) => NEUTRAL.has(word));
}

/**
 * The split folders among the names of one folder. `bullet_train` alone is none, `asl_train` beside
 * `asl_test` is.
 */
export function splitFoldersAmong(names: readonly string[]): SplitFolders {
  const found = new Map<string, SplitName>();
  const stems = new Map<string, string[]>();
  for (const name of names) {
    const own = splitOfName(name);
    if (own !== undefined) {
      found.set(name, own);
      continue;
    }
    const { split, others } = wordsOf(name);
    if (split === undefined) continue;
    const stem = others.join(' ');
    stems.set(stem, [...(stems.get(stem) ?? []), name]);
  }
  for (const group of stems.values()) {
    const splits = group.map((name) => wordsOf(name).split);
    if (group.length < 2 || new Set(splits).size < group.length) continue;
    for (const name of group) found.set(name, wordsOf(name).split ?? 'train');
  }
  return withEvaluation(found);
}

/** As it was before version 2 of the reading rules. */
export function splitFoldersOfRules1(names: readonly string[]): SplitFolders {
  const table = new Map<string, SplitName>([
    ['train', 'train'],
    ['val', 'val'],
    ['valid', 'val'],
    ['validation', 'val'],
    ['test', 'test'],
  ]);
  return new Map(
    names.flatMap((name) => {
      const split = table.get(name.toLowerCase());
      return split === undefined ? [] : [[name, split] as const];
    }),
  );
}

/** `eval` beside `val` or `dev` is the test split, if there is no other. */
function withEvaluation(found: ReadonlyMap<string, SplitName>): SplitFolders {
  const forVal = [...found].filter(([, split]) => split === 'val').map(([name]) => name);
  const evaluation = forVal.filter((name) => isEvaluation(name));
  const hasTest = [...found.values()].includes('test');
  if (forVal.length !== 2 || evaluation.length !== 1 || hasTest) return found;
  return new Map([...found].map(([name, split]) => [name, isEvaluation(name) ? 'test' : split]));
}

function isEvaluation(name: string): boolean {
  return tokensOf(name).some((word) => EVALUATION.has(word));
}

/** A split word only counts if the name holds no second one of another split. */
function wordsOf(name: string): {
  readonly split: SplitName | undefined;
  readonly others: readonly string[];
} {
  const splits = new Set<SplitName>();
  const others: string[] = [];
  for (const word of tokensOf(name)) {
    const split = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    if (split === undefined) others.push(word);
    else splits.add(split);
  }
  const [only] = splits;
  return { split: splits.size === 1 ? only : undefined, others };
}

/** Lower-case words: `TrainSet_01` has `train` and `set`. Numbers are left out: years and versions. */
function tokensOf(name: string): string[] {
  return name
    .normalize('NFC')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '');
}
