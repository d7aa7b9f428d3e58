// Specs, recipes, settings and the files they are written in.
import fc from 'fast-check';
import { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import { RecipeSpec } from '../../../shared/spec/recipe.ts';
import { DataSettings } from '../../../shared/spec/run.ts';
import { listArchitectures } from '../../zoo/registry.ts';
import { arbitraryOf } from '../../../shared/spec/testing/arbitrary-of.ts';
import type { Context, Outcome } from '../attack.ts';
import { complaintAbout, run } from '../product.ts';
import { checkProperty } from './check.ts';
import { faultOf } from './judge.ts';
import type { FuzzInput } from './messages.ts';
import { byteChanges, changedBytes, corrupted } from './mutate.ts';
import { target } from './target-process.ts';

/** Asks the target about every input. */
export async function askAll(
  inputs: fc.Arbitrary<FuzzInput>,
  cases: number,
  context: Context,
): Promise<Outcome> {
  const fault = async (input: FuzzInput) => faultOf(await target.ask(input));
  return await checkProperty({ input: inputs, fault }, cases, context);
}

export function fuzzArchitectures(cases: number, context: Context): Promise<Outcome> {
  const documents = corrupted(arbitraryOf(ArchitectureSpec));
  const inputs = documents.map((json): FuzzInput => ({ target: 'architecture', json }));
  return askAll(inputs, cases, context);
}

export function fuzzRecipes(cases: number, context: Context): Promise<Outcome> {
  const documents = corrupted(arbitraryOf(RecipeSpec));
  return askAll(
    documents.map((json): FuzzInput => ({ target: 'recipe', json })),
    cases,
    context,
  );
}

const paths = [
  ...pathsOf(arbitraryOf(ArchitectureSpec)),
  ...pathsOf(arbitraryOf(RecipeSpec)),
  ...pathsOf(arbitraryOf(DataSettings)).map((path) => `data.${path}`),
];

/** The places that documents have, from a sample of them. */
function pathsOf(documents: fc.Arbitrary<unknown>): readonly string[] {
  const places = (value: unknown): string[] =>
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([key, inner]) => [
          key,
          ...places(inner).map((rest) => `${key}.${rest}`),
        ]);
  const sample = fc.sample(documents, { seed: 1, numRuns: 200 });
  return [...new Set(sample.flatMap(places))].sort();
}

const settingValue = fc.oneof(
  fc.constantFrom('0', '-1', '1e999', 'null', 'true', '[]', '{}', '', ' ', '"', '{"kind":"none"}'),
  fc.double().map(String),
  fc.integer().map(String),
  fc.string({ maxLength: 40, unit: 'binary' }),
  fc.json({ maxDepth: 3 }),
);

const settingText = fc
  .tuple(
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...paths) }, fc.string({ maxLength: 30 })),
    fc.constantFrom('=', '=', '=', '', '=='),
    settingValue,
  )
  .map((parts) => parts.join(''));

const architectureNames = listArchitectures().map(({ spec: { name } }) => name);

const trainOptions = fc.record(
  {
    data: fc.constantFrom('builtin:shapes', 'builtin:shapes?train=0', 'builtin:', '/nowhere', ''),
    arch: fc.oneof(fc.constantFrom(...architectureNames), fc.string({ maxLength: 20 })),
    set: fc.array(settingText, { maxLength: 4 }),
    epochs: settingValue,
    steps: settingValue,
    batch: settingValue,
    seed: fc.oneof(fc.constantFrom('0', '1,2,3', '0-4', '5-', '1e9', '-1'), settingValue),
    shuffle: fc.constantFrom('on', 'off', 'maybe'),
    augment: settingValue,
    normalize: settingValue,
    name: fc.string({ maxLength: 300 }),
  },
  { requiredKeys: ['data', 'arch'] },
);

export function fuzzSettings(cases: number, context: Context): Promise<Outcome> {
  const inputs = trainOptions.map((json): FuzzInput => ({ target: 'settings', json }));
  return askAll(inputs, cases, context);
}

export function fuzzSpecFiles(cases: number, context: Context): Promise<Outcome> {
  const inputs = fc
    .tuple(
      fc.constantFrom('architecture', 'recipe'),
      arbitraryOf(ArchitectureSpec),
      arbitraryOf(RecipeSpec),
      byteChanges,
    )
    .map(([what, architecture, recipe, changes]): FuzzInput => {
      const text = JSON.stringify(what === 'recipe' ? recipe : architecture, null, 1);
      const bytes = changedBytes(new TextEncoder().encode(text), changes);
      return { target: `${what}-file`, files: { 'spec.json': bytes }, open: 'spec.json' };
    });
  return askAll(inputs, cases, context);
}

/** Without null characters, which no system passes on. */
const word = fc.oneof(
  fc.constantFrom('--json', '--home', '--set', '--data', '--arch', 'runs', 'show', 'list', 'data'),
  fc.constantFrom(
    'inspect',
    'report',
    'library',
    'check',
    'zoo',
    'describe',
    'resnet20',
    '--',
    '-x',
  ),
  fc.constantFrom('recipes', 'evaluate', '--run', 'predict', '--limit', '1e9', '/dev/zero', '..'),
  fc.string({ maxLength: 20, unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
);

/** Never started here: what trains, serves, opens a window, fetches or measures. */
const COMMANDS = [
  ['train', '--data', 'builtin:shapes?train=0'],
  ['runs', 'list'],
  ['runs', 'show'],
  ['runs', 'series'],
  ['runs', 'resume'],
  ['runs', 'extend'],
  ['runs', 'delete'],
  ['runs', 'import'],
  ['zoo', 'describe'],
  ['zoo', 'list'],
  ['data', 'inspect'],
  ['recipes'],
  ['evaluate'],
  ['predict'],
  ['report'],
  ['library', 'check'],
  ['nonsense'],
];

export async function fuzzCommandLine(cases: number, context: Context): Promise<Outcome> {
  const input = fc
    .tuple(fc.constantFrom(...COMMANDS), fc.array(word, { maxLength: 5 }))
    .map(([command, words]) => [...command, ...words])
    // A library of the user's own must not be attacked.
    .filter((words) => !words.includes('--home'));
  const fault = async (args: readonly string[]) =>
    complaintAbout(await run({ home: context.folder }, args, 120_000));
  return checkProperty({ input, fault }, cases, context);
}
