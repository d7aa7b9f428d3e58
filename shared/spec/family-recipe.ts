// What the family of a network means for its recipe: which one it begins with, and which settings need classes.
// Pure; for the form, the command line and the host alike.
import { familyOf, isAutoencoder, type DecoderSpec } from './autoencoder.ts';
import type { SpecIssue } from './issue-sentence.ts';
import type { RecipeSpec } from './recipe.ts';
import { RECIPES, type NamedRecipe } from './recipes.ts';

interface MayDecode {
  readonly decoder?: DecoderSpec | undefined;
}

/** The first recipe of the network's family. */
export function firstRecipeFor(network: MayDecode): NamedRecipe {
  const family = familyOf(network);
  const found = RECIPES.find((recipe) => recipe.family === family);
  if (!found) throw new Error(`There is no recipe for the family ${family}.`);
  return found;
}

/** What a recipe says of "best" where nobody has chosen: an autoencoder has only its loss. */
export function recipeFor(network: MayDecode, recipe: RecipeSpec): RecipeSpec {
  if (!isAutoencoder(network) || recipe.checkpoints.monitor === 'loss') return recipe;
  return { ...recipe, checkpoints: { ...recipe.checkpoints, monitor: 'loss' } };
}

/** The first setting of the recipe that an autoencoder has no use for, with what to do. */
export function familyConflict(
  network: MayDecode & { readonly name: string },
  recipe: RecipeSpec,
): SpecIssue | undefined {
  if (!isAutoencoder(network)) return undefined;
  const found = CONFLICTS.find(({ holds }) => holds(recipe));
  return (
    found && { path: found.path, sentence: `${network.name} is an autoencoder: ${found.sentence}` }
  );
}

interface Conflict extends SpecIssue {
  readonly holds: (recipe: RecipeSpec) => boolean;
}

const CONFLICTS: readonly Conflict[] = [
  {
    path: 'checkpoints.monitor',
    holds: ({ checkpoints }) => checkpoints.monitor === 'accuracy',
    sentence: 'it has no accuracy to find its best by; set checkpoints.monitor to loss.',
  },
  {
    path: 'labelSmoothing',
    holds: ({ labelSmoothing }) => labelSmoothing > 0,
    sentence: 'it has no labels to smooth; set labelSmoothing to 0.',
  },
  {
    path: 'classBalance',
    holds: ({ classBalance }) => classBalance === 'weights',
    sentence: 'its loss has no classes to weigh; set classBalance to none or sampling.',
  },
  {
    path: 'testTimeFlip',
    holds: ({ testTimeFlip }) => testTimeFlip,
    sentence: 'it has no logits to average over mirror images; set testTimeFlip to false.',
  },
  {
    path: 'normalization.kind',
    holds: ({ normalization }) => normalization.kind === 'per-pixel',
    sentence:
      'what it rebuilds are pixels between 0 and 1, which are found again from the means of channels, not from a mean image; set normalization.kind to auto.',
  },
  {
    path: 'augmentation.kind',
    holds: ({ augmentation }) => augmentation.kind === 'composed',
    sentence:
      'changed colours and mixed images are not what it is to rebuild; set augmentation.kind to none or pad-crop-flip.',
  },
];
