// Every kind of input with its share of the cases.
import type { Attack, Context, Outcome } from '../attack.ts';
import {
  archiveBases,
  arrayBases,
  bundleBases,
  checkpointBases,
  cifarBases,
  imageBases,
  labelListBases,
  libraryBases,
  tensorBases,
  weightBases,
} from './bases.ts';
import {
  fuzzArchitectures,
  fuzzCommandLine,
  fuzzRecipes,
  fuzzSettings,
  fuzzSpecFiles,
} from './documents.ts';
import { fuzzFiles, type FileAttack } from './files.ts';
import { fuzzCalls, fuzzFrames, fuzzHttp } from './served.ts';

interface Kind {
  readonly name: string;
  readonly title: string;
  /** Of all cases; slow ones get less. */
  readonly share: number;
  readonly fuzz: (cases: number, context: Context) => Promise<Outcome>;
}

const dataset = (bases: FileAttack['bases']) => (cases: number, context: Context) =>
  fuzzFiles({ target: 'dataset', bases, protectsItself: false }, cases, context);

const sealed = (target: string, bases: FileAttack['bases']) => (cases: number, context: Context) =>
  fuzzFiles({ target, bases, protectsItself: true }, cases, context);

const KINDS: readonly Kind[] = [
  { name: 'architectures', title: 'architecture specs', share: 0.12, fuzz: fuzzArchitectures },
  { name: 'recipes', title: 'recipes', share: 0.12, fuzz: fuzzRecipes },
  {
    name: 'settings',
    title: '`--set` and the other options of a training',
    share: 0.1,
    fuzz: fuzzSettings,
  },
  {
    name: 'spec-files',
    title: 'JSON files of specs and recipes',
    share: 0.06,
    fuzz: fuzzSpecFiles,
  },
  { name: 'command-line', title: 'words on the command line', share: 0.01, fuzz: fuzzCommandLine },
  {
    name: 'calls',
    title: 'calls of a page, every one of the contract',
    share: 0.14,
    fuzz: fuzzCalls,
  },
  {
    name: 'frames',
    title: 'raw WebSocket frames, with and without a session',
    share: 0.06,
    fuzz: fuzzFrames,
  },
  { name: 'http', title: 'HTTP requests', share: 0.06, fuzz: fuzzHttp },
  {
    name: 'images',
    title: 'JPEG, PNG, WebP, BMP and GIF in a folder',
    share: 0.04,
    fuzz: dataset(imageBases),
  },
  {
    name: 'archives',
    title: 'zip, tar and tar.gz of images',
    share: 0.05,
    fuzz: dataset(() => archiveBases()),
  },
  { name: 'arrays', title: 'npz and IDX', share: 0.05, fuzz: dataset(arrayBases) },
  {
    name: 'tensors',
    title: 'safetensors datasets',
    share: 0.04,
    fuzz: dataset(() => tensorBases()),
  },
  {
    name: 'cifar',
    title: "CIFAR's files, loose and packed",
    share: 0.03,
    fuzz: dataset(() => cifarBases()),
  },
  { name: 'lists', title: 'lists of labels', share: 0.02, fuzz: dataset(() => labelListBases()) },
  {
    ...{ name: 'weights', title: 'weight files of others', share: 0.03 },
    fuzz: (cases, context) =>
      fuzzFiles(
        { target: 'weights', bases: () => weightBases(), protectsItself: false },
        cases,
        context,
      ),
  },
  {
    name: 'checkpoints',
    title: 'checkpoints; none may be read otherwise',
    share: 0.04,
    fuzz: sealed('checkpoint', () => checkpointBases()),
  },
  {
    name: 'libraries',
    title: 'library.db; no series may be read otherwise',
    share: 0.02,
    fuzz: sealed('library', libraryBases),
  },
  {
    name: 'bundles',
    title: 'report bundles; no series may be taken in otherwise',
    share: 0.03,
    fuzz: sealed('bundle', bundleBases),
  },
];

export const fuzz: readonly Attack[] = KINDS.map(({ name, title, share, fuzz: attack }) => ({
  part: 'fuzz',
  name,
  title,
  run: (context) => attack(Math.ceil(share * context.sizes.cases), context),
}));
