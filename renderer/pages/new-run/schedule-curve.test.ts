import { expect, test } from 'vitest';
import { RecipeSpec } from '../../../shared/spec/recipe.ts';
import { scheduleCurve } from './schedule-curve.ts';

const size = { width: 200, height: 50, examples: 6400 };

test('the curve spans the width, its highest rate touches the top', () => {
  const recipe = RecipeSpec.parse({ batch: 64, length: { kind: 'epochs', epochs: 2 } });
  const curve = scheduleCurve(recipe, size);
  expect(curve).toMatchObject({ steps: 200, highest: 0.1 });
  expect(curve.path).toMatch(/^M0\.0 0\.0L/);
  expect(curve.samples.at(-1)).toMatchObject({ x: 200, step: 199 });
});

test('a run of one step is one point', () => {
  const recipe = RecipeSpec.parse({ length: { kind: 'steps', steps: 1 } });
  expect(scheduleCurve(recipe, size).path).toBe('M0.0 0.0');
});
