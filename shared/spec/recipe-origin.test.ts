import { expect, test } from 'vitest';
import { RecipeSpec } from './recipe.ts';
import { recipeConflict } from './recipe-check.ts';
import { changedName, describeDeviation, RecipeOrigin, recipeOrigin } from './recipe-origin.ts';
import { getRecipe, RECIPES } from './recipes.ts';

const he = getRecipe('he2015').recipe;

test('every recipe but the three for daily use cites a paper, and none deviates from itself', () => {
  for (const { name, source, recipe } of RECIPES) {
    expect(recipeOrigin(recipe)).toMatchObject({ name, deviations: [] });
    expect(recipeConflict(recipe)).toBeUndefined();
    const isForDailyUse = ['quick', 'fine-tune', 'autoencoder-quick'].includes(name);
    if (!isForDailyUse) expect(source).toMatch(/arXiv \d{4}\.\d{4,5}/);
  }
  expect(new Set(RECIPES.map(({ name }) => name)).size).toBe(RECIPES.length);
});

test('what a run changes is named with both values, what it only watches is not', () => {
  const origin = recipeOrigin({
    ...he,
    name: changedName('he2015'),
    batch: 64,
    length: { kind: 'epochs', epochs: 5 },
    optimizer: { ...he.optimizer, weightDecay: 5e-4 },
    diagnosticsEvery: 0,
    checkpoints: { ...he.checkpoints, keepBest: 3 },
  });
  expect(origin?.name).toBe('he2015');
  expect(origin?.deviations.map(describeDeviation)).toEqual([
    'batch 64 instead of 128',
    'length epochs (epochs 5) instead of steps (steps 64000)',
    'optimizer.weightDecay 0.0005 instead of 0.0001',
  ]);
});

test('a recipe of one’s own has no origin', () => {
  expect(recipeOrigin(RecipeSpec.parse({ batch: 8 }))).toBeNull();
});

test('a recipe from before there were other optimizers reads as the same SGD', () => {
  const old = { name: 'wrn', batch: 128, optimizer: { momentum: 0.9, nesterov: true } };
  const recipe = RecipeSpec.parse(old);
  expect(recipe.optimizer).toEqual({
    kind: 'sgd',
    momentum: 0.9,
    nesterov: true,
    weightDecay: 1e-4,
    decayNormAndBias: true,
    clipNorm: null,
  });
  expect(recipe).toMatchObject({
    microBatches: 1,
    averaging: { kind: 'none' },
    frozen: { kind: 'none' },
    earlyStopping: { kind: 'none' },
    checkpoints: { monitor: 'accuracy', keepBest: 1, everyEpochs: null },
    testTimeFlip: false,
  });
});

test('parts that do not divide the batch are refused with parts that do', () => {
  const recipe = RecipeSpec.parse({ batch: 64, microBatches: 6 });
  expect(recipeConflict(recipe)).toEqual({
    path: 'microBatches',
    sentence: 'microBatches must divide the batch of 64 evenly, and 6 does not; 4 does.',
  });
});

test('A field that the named recipe does not have is a deviation that survives JSON.', () => {
  const recipe = RecipeSpec.parse({ ...he, extensions: [{ fromStep: 160, schedule: 'append' }] });
  const origin = recipeOrigin(recipe);
  expect(origin?.deviations).toEqual([
    { path: 'extensions', recipe: null, run: recipe.extensions },
  ]);
  expect(RecipeOrigin.parse(JSON.parse(JSON.stringify(origin)))).toEqual(origin);
  const stored = { ...origin, deviations: [{ path: 'extensions', run: recipe.extensions }] };
  expect(RecipeOrigin.parse(stored)).toEqual(origin);
});

test('a recipe from before there were precisions stays what it was, to the byte', () => {
  const before = RecipeSpec.parse({ batch: 32 });
  expect(before).not.toHaveProperty('precision');
  const setBack = RecipeSpec.parse({ ...before, precision: 'float32' });
  expect(JSON.stringify(setBack)).toBe(JSON.stringify(before));
  expect(RecipeSpec.parse({ ...before, precision: 'auto' }).precision).toBe('auto');
});
