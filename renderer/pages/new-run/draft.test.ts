import { expect, test } from 'vitest';
import { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import {
  draftDocument,
  firstDraft,
  parseSeeds,
  recipeProblem,
  startSpec,
  withDocument,
  type Draft,
} from './draft.ts';

const spec = ArchitectureSpec.parse({
  name: 'resnet8',
  stem: { kind: 'cifar', width: 16 },
  stages: [{ blocks: 1, width: 16 }],
  block: { kind: 'basic' },
  shortcut: 'A',
});
const draft = firstDraft({ name: 'resnet8', spec });

test.each([
  ['0', [0]],
  ['0, 2 5-7', [0, 2, 5, 6, 7]],
  ['3,3', [3]],
])('seeds %j are %j', (text, seeds) => {
  expect(parseSeeds(text)).toEqual(seeds);
});

test.each(['', 'a', '1.5', '5-2', '0-500', '-1'])('seeds %j get a sentence', (text) => {
  expect(parseSeeds(text)).toEqual(expect.stringMatching(/\.$/));
});

test('several seeds and a plain twin are grouped, one run alone is not', () => {
  expect(startSpec(draft).group).toBeUndefined();
  expect(startSpec({ ...draft, seeds: '0-2' }).group).toBe('resnet8');
  expect(startSpec({ ...draft, withPlainTwin: true, name: 'depth' }).group).toBe('depth');
});

test('a copied draft reads back as the same', () => {
  const full: Draft = { ...draft, name: 'n', group: 'g', seeds: '1, 2', withPlainTwin: true };
  const read = withDocument(firstDraft(undefined), JSON.stringify(draftDocument(full)));
  expect(read).toEqual(full);
});

test('an architecture alone changes only the network, a recipe alone only the recipe', () => {
  const { name, ...rest } = spec;
  const changed = withDocument(draft, JSON.stringify({ ...rest, name: 'mine', shortcut: 'B' }));
  expect(changed).toMatchObject({ architectureName: 'mine', architecture: { shortcut: 'B' } });
  expect(changed).toMatchObject({ recipe: draft.recipe, data: draft.data });
  expect(withDocument(draft, '{"batch": 32}')).toMatchObject({
    recipe: { batch: 32, labelSmoothing: 0 },
    architecture: { name },
  });
});

test('a document that is wrong inside is taken as it is, to be explained in its place', () => {
  const changed = withDocument(
    draft,
    JSON.stringify({ ...spec, stages: [{ blocks: 0, width: 1 }] }),
  );
  expect(changed).toMatchObject({ architecture: { stages: [{ blocks: 0 }] } });
});

test.each(['', 'nonsense', '[]', '{"a": 1}'])('%j is refused with a sentence', (text) => {
  expect(withDocument(draft, text)).toEqual(expect.any(String));
});

test('the first mistake of a recipe is named with its place', () => {
  expect(recipeProblem(draft.recipe)).toBeUndefined();
  expect(recipeProblem({ ...(draft.recipe as object), batch: 0 })).toEqual({
    path: 'batch',
    sentence: 'batch must be more than 0, not 0.',
  });
});
