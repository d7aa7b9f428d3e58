// Which named recipe a run's recipe came from, and where it deviates from it. Kept with the run, so that
// it stays true when a later version defines the recipe otherwise.
import { z } from 'zod';
import type { RecipeSpec } from './recipe.ts';
import { findRecipe } from './recipes.ts';
import { settingText } from './setting-text.ts';

export const RecipeOrigin = z.object({
  /** Of the named recipe. */
  name: z.string(),
  /** The paper, or what the recipe is for. */
  source: z.string(),
  /** What the app does otherwise than the source even without deviations. */
  differences: z.array(z.string()),
  deviations: z.array(
    z.object({
      /** `schedule.rate`; where the kind differs, the whole choice: `schedule`. */
      path: z.string(),
      /** JSON values: the recipe's and the run's; null where one has no such field. */
      recipe: z.unknown().default(null),
      run: z.unknown().default(null),
    }),
  ),
});

export type RecipeOrigin = z.output<typeof RecipeOrigin>;
export type Deviation = RecipeOrigin['deviations'][number];

/** What is watched and kept does not change what is trained. */
const OBSERVING: readonly string[] = [
  ...['name', 'format', 'diagnosticsEvery'],
  ...['checkpoints.keepBest', 'checkpoints.everyEpochs'],
];

/** What is added to a name when something was changed. */
const CHANGED = ' (changed)';

export function changedName(name: string): string {
  return name.endsWith(CHANGED) ? name : `${name}${CHANGED}`.slice(0, 80);
}

/** Null for a recipe that is nobody's but the user's. */
export function recipeOrigin(recipe: RecipeSpec): RecipeOrigin | null {
  const known = findRecipe(recipe.name.replace(CHANGED, ''));
  if (known === undefined) return null;
  const { name, source, differences } = known;
  const deviations = (Object.keys(recipe) as (keyof RecipeSpec)[])
    .flatMap((field) => compare(known.recipe[field], recipe[field], field))
    .filter(({ path }) => !OBSERVING.includes(path));
  return { name, source, differences: [...differences], deviations };
}

function compare(recipe: unknown, run: unknown, path: string): Deviation[] {
  if (JSON.stringify(recipe) === JSON.stringify(run)) return [];
  if (!isObject(recipe) || !isObject(run) || recipe['kind'] !== run['kind']) {
    return [{ path, recipe: recipe ?? null, run: run ?? null }];
  }
  const names = [...new Set([...Object.keys(recipe), ...Object.keys(run)])];
  return names.flatMap((name) => compare(recipe[name], run[name], `${path}.${name}`));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `schedule.rate 0.05 instead of 0.1`. */
export function describeDeviation({ path, recipe, run }: Deviation): string {
  return `${path} ${settingText(run)} instead of ${settingText(recipe)}`;
}
