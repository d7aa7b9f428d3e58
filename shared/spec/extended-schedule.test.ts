import { expect, test } from 'vitest';
import { extendedRecipe, rateAt } from './extended-schedule.ts';
import { RecipeSpec, type RecipeInput } from './recipe.ts';
import { learningRate } from './schedule.ts';

const recipeOf = (schedule: RecipeInput['schedule']): RecipeSpec =>
  RecipeSpec.parse({ schedule, length: { kind: 'steps', steps: 100 } });
const rates = (recipe: RecipeSpec, steps: number): number[] =>
  Array.from({ length: steps }, (_, step) => rateAt(recipe, step, steps));
const extended = (
  recipe: RecipeSpec,
  fromStep: number,
  steps: number,
  schedule: 'stretch' | 'append',
) => extendedRecipe(recipe, { length: { kind: 'steps', steps }, fromStep, schedule });

const warmup = { kind: 'linear', steps: 10 } as const;
const schedules: NonNullable<RecipeInput['schedule']>[] = [
  { kind: 'constant', rate: 0.1, warmup },
  { kind: 'cosine', rate: 0.1, warmup },
  { kind: 'step', rate: 0.1, milestones: [0.5, 0.75], factor: 0.1 },
  { kind: 'polynomial', rate: 0.1, power: 2 },
  { kind: 'one-cycle', rate: 0.1 },
];

test.each(schedules)('Extending leaves what was trained as it was: $kind', (schedule) => {
  const recipe = recipeOf(schedule);
  for (const way of ['stretch', 'append'] as const) {
    const longer = rates(extended(recipe, 100, 150, way), 150);
    expect(longer.slice(0, 100)).toEqual(rates(recipe, 100));
    expect(longer.every((rate) => Number.isFinite(rate) && rate >= 0)).toBe(true);
  }
});

test.each(schedules)('Stretched, the added steps are those of a longer run: $kind', (schedule) => {
  const recipe = recipeOf(schedule);
  const longer = rates(extended(recipe, 100, 150, 'stretch'), 150);
  const straight = Array.from({ length: 150 }, (_, i) => learningRate(recipe.schedule, i, 150));
  expect(longer.slice(100)).toEqual(straight.slice(100));
});

test('Appended, the schedule runs again over the added steps, without its warm-up.', () => {
  const longer = rates(extended(recipeOf(schedules[1]), 100, 150, 'append'), 150);
  expect(longer[0]).toBeCloseTo(0.01, 12);
  expect(longer[100]).toBeCloseTo(0.1, 12);
  expect(longer[125]).toBeCloseTo(0.05, 12);
  expect(longer[149]).toBeLessThan(0.001);
});

test('A constant schedule has nothing to stretch or append: the recipe is that of a longer run.', () => {
  const recipe = recipeOf(schedules[0]);
  const longer = extended(recipe, 100, 150, 'append');
  expect(longer).toEqual({ ...recipe, length: { kind: 'steps', steps: 150 } });
  expect(rates(longer, 150)[149]).toBe(0.1);
});

test('Extensions follow one another.', () => {
  const once = extended(recipeOf(schedules[2]), 100, 200, 'append');
  const twice = extended(once, 200, 300, 'stretch');
  const all = rates(twice, 300);
  expect(all.slice(0, 200)).toEqual(rates(once, 200));
  // The second schedule, begun at 100, is stretched to 300: its milestones are now at 200 and 250.
  expect(all[200]).toBeCloseTo(0.01, 12);
  expect(all[249]).toBeCloseTo(0.01, 12);
  expect(all[250]).toBeCloseTo(0.001, 12);
  expect(RecipeSpec.parse(JSON.parse(JSON.stringify(twice)))).toEqual(twice);
});
