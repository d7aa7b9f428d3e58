// Named recipes. Each cites where its numbers come from.
import { inputError } from '../errors.ts';
import { RecipeSpec, type RecipeInput } from './recipe.ts';

export interface NamedRecipe {
  readonly name: string;
  readonly source: string;
  readonly recipe: RecipeSpec;
}

function named(source: string, input: RecipeInput & { name: string }): NamedRecipe {
  return { name: input.name, source, recipe: RecipeSpec.parse(input) };
}

const padCropFlip = { kind: 'pad-crop-flip', pad: 4, flip: true } as const;

const he2015: RecipeInput = {
  batch: 128,
  length: { kind: 'steps', steps: 64_000 },
  optimizer: { momentum: 0.9, weightDecay: 1e-4 },
  augmentation: padCropFlip,
};
/** 0.1, divided by 10 at 32k and 48k of 64k steps. */
const he2015Schedule = {
  kind: 'step',
  rate: 0.1,
  milestones: [0.5, 0.75],
  factor: 0.1,
} satisfies RecipeInput['schedule'];

export const RECIPES: readonly NamedRecipe[] = [
  named('A few minutes on a CPU: one cosine over five epochs with a short warm-up.', {
    name: 'quick',
    batch: 64,
    length: { kind: 'epochs', epochs: 5 },
    optimizer: { momentum: 0.9, weightDecay: 5e-4 },
    schedule: { kind: 'cosine', rate: 0.05, warmup: { kind: 'linear', steps: 50 } },
  }),
  named('He et al. 2015, arXiv 1512.03385, section 4.2 (CIFAR-10).', {
    ...he2015,
    name: 'he2015',
    schedule: he2015Schedule,
  }),
  named('He et al. 2015, section 4.2, for 110 layers: rate 0.01 for the first 400 steps.', {
    ...he2015,
    name: 'he2015-warmup',
    schedule: { ...he2015Schedule, warmup: { kind: 'constant', steps: 400, rate: 0.01 } },
  }),
  named('Zagoruyko & Komodakis 2016, arXiv 1605.07146, section 3 (CIFAR).', {
    name: 'wrn',
    batch: 128,
    length: { kind: 'epochs', epochs: 200 },
    optimizer: { momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
    schedule: { kind: 'step', rate: 0.1, milestones: [0.3, 0.6, 0.8], factor: 0.2 },
    augmentation: padCropFlip,
  }),
];

/** @throws inputError `unknown-recipe` */
export function getRecipe(name: string): NamedRecipe {
  const found = RECIPES.find((recipe) => recipe.name === name);
  if (found) return found;
  const names = RECIPES.map((recipe) => recipe.name).join(', ');
  throw inputError('unknown-recipe', `There is no recipe "${name}"; there are: ${names}.`, {
    details: { name },
  });
}
