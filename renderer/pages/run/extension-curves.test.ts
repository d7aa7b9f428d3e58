import { expect, test } from 'vitest';
import { extendedRecipe } from '../../../shared/spec/extended-schedule.ts';
import { RecipeSpec } from '../../../shared/spec/recipe.ts';
import { extensionCurves } from './extension-curves.ts';

const recipe = RecipeSpec.parse({
  length: { kind: 'steps', steps: 100 },
  schedule: { kind: 'polynomial', rate: 0.1 },
});

test.each([
  ['stretch', 50],
  ['append', 0],
] as const)('%s: the new curve begins where the old one ends, at its own height', (schedule, y) => {
  const after = extendedRecipe(recipe, {
    length: { kind: 'steps', steps: 201 },
    fromStep: 100,
    schedule,
  });
  const size = { fromSteps: 100, toSteps: 201, width: 400, height: 100 };
  const curves = extensionCurves({ before: recipe, after }, size);
  expect(curves.splitX).toBe(200);
  expect(curves.before.startsWith('M0.0 0.0')).toBe(true);
  const [, first = Number.NaN] = /^M200\.0 ([\d.]+)/.exec(curves.after)?.map(Number) ?? [];
  expect(Math.abs(first - y)).toBeLessThan(1);
  expect(curves.highest).toBe(0.1);
});
