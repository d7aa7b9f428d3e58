import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { RecipeSpec } from '../../../shared/spec/recipe.ts';
import { recipeRules, recipeSchema } from '../../pages/new-run/form-rules.ts';
import { show } from '../../testing/show.svelte.ts';
import SchemaForm from './SchemaForm.svelte';

const original = RecipeSpec.parse({
  optimizer: { kind: 'sgd', momentum: 0.9 },
  schedule: { kind: 'constant', rate: 0.1 },
});

/** The recipe's own schema, and what the form made of it last. */
function form(problem?: { readonly path: string; readonly sentence: string }) {
  const shown = show(
    SchemaForm,
    {
      ...{ id: 'recipe', schema: recipeSchema, rules: recipeRules, original, problem },
      document: original as unknown,
      onChange: (document: unknown) => {
        last = document;
        shown.set({ document });
      },
    },
    { widthPx: 420 },
  );
  let last: unknown = original;
  return { recipe: () => RecipeSpec.parse(last), ...shown };
}

const field = (name: string) => page.getByRole('textbox', { name, exact: true });

test('A number that is typed becomes the value, and can be taken back.', async () => {
  const { recipe } = form();
  await field('Momentum').fill('0.95');
  expect(recipe().optimizer).toMatchObject({ momentum: 0.95 });
  await page.getByRole('button', { name: 'Reset Momentum to 0.9' }).click();
  expect(recipe()).toEqual(original);
});

test('What is no number changes nothing.', async () => {
  const { recipe } = form();
  await field('Momentum').fill('much');
  expect(recipe()).toEqual(original);
});

test('Another kind brings its own fields, with their defaults.', async () => {
  const { recipe } = form();
  const optimizer = page.getByRole('group', { name: 'Optimizer' });
  await optimizer.getByRole('combobox', { name: 'Kind' }).click();
  await page.getByRole('option', { name: 'AdamW' }).click();
  expect(recipe().optimizer.kind).toBe('adamw');
  await expect.element(field('β₁')).toHaveValue('0.9');
  expect(field('Momentum').elements()).toHaveLength(0);
});

test('Arrow keys step a number by a tenth of its size.', async () => {
  const { recipe } = form();
  await field('Momentum').click();
  await userEvent.keyboard('{ArrowDown}');
  expect(recipe().optimizer).toMatchObject({ momentum: 0.8 });
});

test('A problem stands at its field and describes it.', async () => {
  form({ path: 'optimizer.momentum', sentence: 'Momentum must be below 1.' });
  await expect.element(page.getByRole('alert')).toHaveTextContent('Momentum must be below 1.');
  await expect.element(field('Momentum')).toHaveAccessibleDescription('Momentum must be below 1.');
});
