import { expect, test } from 'vitest';
import { ArchitectureSpec } from './architecture.ts';
import { familyConflict, firstRecipeFor, recipeFor } from './family-recipe.ts';
import { RecipeSpec } from './recipe.ts';
import { RECIPES } from './recipes.ts';

const classifier = ArchitectureSpec.parse({
  name: 'net',
  stem: { kind: 'cifar', width: 8 },
  stages: [{ blocks: 1, width: 8 }],
  block: { kind: 'basic' },
  shortcut: 'A',
});
const autoencoder = ArchitectureSpec.parse({
  ...classifier,
  decoder: { kind: 'mirror', latent: 4 },
});

test('every recipe suits its own family, and each family has one to begin with', () => {
  expect(firstRecipeFor(classifier).name).toBe('quick');
  expect(firstRecipeFor(autoencoder).name).toBe('autoencoder-quick');
  for (const { family, recipe } of RECIPES) {
    const network = family === 'autoencoder' ? autoencoder : classifier;
    expect(familyConflict(network, recipe), recipe.name).toBeUndefined();
  }
});

test('an autoencoder’s best is by its loss where nobody has chosen; a classifier’s recipe stays', () => {
  const recipe = RecipeSpec.parse({});
  expect(recipeFor(autoencoder, recipe).checkpoints.monitor).toBe('loss');
  expect(recipeFor(classifier, recipe)).toBe(recipe);
});

test.each([
  [{ checkpoints: { monitor: 'accuracy' } }, 'set checkpoints.monitor to loss'],
  [{ labelSmoothing: 0.1 }, 'set labelSmoothing to 0'],
  [{ classBalance: 'weights' }, 'set classBalance to none or sampling'],
  [{ testTimeFlip: true }, 'set testTimeFlip to false'],
  [{ normalization: { kind: 'per-pixel' } }, 'set normalization.kind to auto'],
  [{ augmentation: { kind: 'composed' } }, 'set augmentation.kind to none or pad-crop-flip'],
])('%j is refused for an autoencoder alone, with what to do', (changes, sentence) => {
  const recipe = RecipeSpec.parse({ checkpoints: { monitor: 'loss' }, ...changes });
  const conflict = familyConflict(autoencoder, recipe);
  expect(conflict?.sentence).toContain('net is an autoencoder: ');
  expect(conflict?.sentence).toContain(sentence);
  expect(familyConflict(classifier, recipe)).toBeUndefined();
});

test('a decoder that says none is no part of the spec, so specs of before stay what they were', () => {
  expect(ArchitectureSpec.parse({ ...classifier, decoder: { kind: 'none' } })).toEqual(classifier);
});
