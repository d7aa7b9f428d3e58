// What a recipe's schema can not say: fields that must fit each other. For the form, the command line
// and the host alike; a recipe is checked against network and data elsewhere.
import type { SpecIssue } from './issue-sentence.ts';
import type { RecipeSpec } from './recipe.ts';

/** The first pair of fields that do not fit, with the field to change. */
export function recipeConflict(recipe: RecipeSpec): SpecIssue | undefined {
  const { batch, microBatches } = recipe;
  if (batch % microBatches !== 0) {
    const near = nearestDivisor(batch, microBatches);
    return {
      path: 'microBatches',
      sentence: `microBatches must divide the batch of ${batch} evenly, and ${microBatches} does not; ${near} does.`,
    };
  }
  return undefined;
}

/** The whole number nearest to what is wanted that divides evenly. */
export function nearestDivisor(whole: number, wanted: number): number {
  for (let distance = 1; distance < whole; distance++) {
    const candidates = [wanted - distance, wanted + distance];
    const found = candidates.find((part) => part >= 1 && part <= whole && whole % part === 0);
    if (found !== undefined) return found;
  }
  return 1;
}
