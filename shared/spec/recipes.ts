// Named recipes. Each cites where its numbers come from, and says what this app does otherwise.
import { inputError } from '../errors.ts';
import { closestNames } from './closest.ts';
import type { Family } from './autoencoder.ts';
import { RecipeSpec, type RecipeInput } from './recipe.ts';

export interface NamedRecipe {
  readonly name: string;
  /** In a few words, for lists. */
  readonly title: string;
  /** Paper and place, or what it is for where there is no paper. */
  readonly source: string;
  /** The networks it is for: losses of the two families need other rates. */
  readonly family: Family;
  /** What the source does and this app does not. */
  readonly differences: readonly string[];
  readonly recipe: RecipeSpec;
}

function named(
  about: { title: string; source: string; family?: Family; differences?: readonly string[] },
  input: RecipeInput & { name: string },
): NamedRecipe {
  return {
    differences: [],
    family: 'classifier',
    ...about,
    name: input.name,
    recipe: RecipeSpec.parse(input),
  };
}

const padCropFlip = { kind: 'pad-crop-flip', pad: 4, flip: true } as const;

const channelNormalization =
  'The paper does not say how images are normalized; here, as in the authors’ released code, every channel is brought to mean 0 and deviation 1.';

/** "The network inputs are 32×32 images, with the per-pixel mean subtracted." */
const perPixelMean = { kind: 'per-pixel' } as const;

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
const warmSteps = { kind: 'constant', steps: 400, rate: 0.01 } as const;

/** The write-up names neither; a loss of thousands of nats wants an optimizer that its size is nothing to. */
const elboOptimizer = { kind: 'adamw', weightDecay: 0 } satisfies RecipeInput['optimizer'];

export const RECIPES: readonly NamedRecipe[] = [
  named(
    {
      title: 'Quick: five epochs, cosine',
      source: 'A few minutes on a CPU: one cosine over five epochs with a short warm-up.',
    },
    {
      name: 'quick',
      batch: 64,
      length: { kind: 'epochs', epochs: 5 },
      optimizer: { momentum: 0.9, weightDecay: 5e-4 },
      schedule: { kind: 'cosine', rate: 0.05, warmup: { kind: 'linear', steps: 50 } },
    },
  ),
  named(
    {
      title: 'Fine-tune: from trained weights',
      source:
        'For --weights: a tenth of the usual rate, one cosine, the stem and the first stage frozen.',
    },
    {
      name: 'fine-tune',
      batch: 64,
      length: { kind: 'epochs', epochs: 10 },
      optimizer: { momentum: 0.9, weightDecay: 1e-4 },
      schedule: { kind: 'cosine', rate: 0.005, warmup: { kind: 'linear', steps: 50 } },
      frozen: { kind: 'stages', stages: 1 },
      augmentation: padCropFlip,
    },
  ),
  named(
    {
      title: 'He et al. 2015: 64k steps',
      source: 'He et al. 2015, arXiv 1512.03385, section 4.2 (CIFAR-10).',
    },
    { ...he2015, name: 'he2015', schedule: he2015Schedule, normalization: perPixelMean },
  ),
  named(
    {
      title: 'He et al. 2015, with warm-up',
      source:
        'He et al. 2015, arXiv 1512.03385, section 4.2, for 110 layers: rate 0.01 for the first 400 steps.',
      differences: [
        'The paper warms up until the training error is below 80 %, which took about 400 steps; here it is 400 steps.',
      ],
    },
    {
      ...he2015,
      name: 'he2015-warmup',
      normalization: perPixelMean,
      schedule: { ...he2015Schedule, warmup: warmSteps },
    },
  ),
  named(
    {
      title: 'He et al. 2016: pre-activation',
      source:
        'He et al. 2016, arXiv 1603.05027, appendix (CIFAR): as in 2015, always with 400 steps of warm-up.',
      differences: [channelNormalization],
    },
    {
      ...he2015,
      name: 'he2016',
      schedule: { ...he2015Schedule, warmup: warmSteps },
    },
  ),
  named(
    {
      title: 'He et al. 2016: 1001 layers, batch 64',
      source:
        'He et al. 2016, arXiv 1603.05027, table 5 (4.62 %): the authors’ released code with batches of 64, 200 epochs, rate divided by 10 from epochs 81 and 122.',
    },
    {
      name: 'he2016-batch64',
      batch: 64,
      length: { kind: 'epochs', epochs: 200 },
      optimizer: { momentum: 0.9, nesterov: true, weightDecay: 1e-4 },
      schedule: { kind: 'step', rate: 0.1, milestones: [0.4, 0.605], factor: 0.1 },
      augmentation: padCropFlip,
    },
  ),
  named(
    {
      title: 'Wide ResNets: 200 epochs',
      source: 'Zagoruyko & Komodakis 2016, arXiv 1605.07146, section 3 (CIFAR).',
    },
    {
      name: 'wrn',
      batch: 128,
      length: { kind: 'epochs', epochs: 200 },
      optimizer: { momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
      schedule: { kind: 'step', rate: 0.1, milestones: [0.3, 0.6, 0.8], factor: 0.2 },
      augmentation: padCropFlip,
    },
  ),
  named(
    {
      title: 'Stochastic depth: 500 epochs',
      source:
        'Huang et al. 2016, arXiv 1603.09382, section 4 (CIFAR): 500 epochs, rate divided by 10 after 250 and 375. The survival of blocks is part of the architecture.',
    },
    {
      name: 'stochastic-depth',
      batch: 128,
      length: { kind: 'epochs', epochs: 500 },
      optimizer: { momentum: 0.9, nesterov: true, weightDecay: 1e-4 },
      schedule: { kind: 'step', rate: 0.1, milestones: [0.5, 0.75], factor: 0.1 },
      augmentation: padCropFlip,
    },
  ),
  named(
    {
      title: 'Autoencoder: ten epochs, cosine',
      source: 'A few minutes on a CPU: one cosine over ten epochs, best by the validation loss.',
      family: 'autoencoder',
    },
    {
      name: 'autoencoder-quick',
      batch: 64,
      length: { kind: 'epochs', epochs: 10 },
      optimizer: elboOptimizer,
      schedule: { kind: 'cosine', rate: 0.001, warmup: { kind: 'linear', steps: 50 } },
      checkpoints: { monitor: 'loss' },
    },
  ),
  named(
    {
      title: 'Autoencoder: until 50 epochs bring nothing',
      source:
        'A published write-up of residual variational autoencoders (Kingma & Welling 2013, arXiv 1312.6114) on CIFAR-10: early stopping with a patience of 50 on the validation loss.',
      family: 'autoencoder',
      differences: [
        'The write-up tells neither optimizer, rate nor batch; here it is Adam with a constant rate of 0.001 and batches of 128, at most 1000 epochs.',
      ],
    },
    {
      name: 'autoencoder',
      batch: 128,
      length: { kind: 'epochs', epochs: 1000 },
      optimizer: elboOptimizer,
      schedule: { kind: 'constant', rate: 0.001 },
      earlyStopping: { kind: 'patience', evaluations: 50 },
      checkpoints: { monitor: 'loss' },
    },
  ),
];

export function findRecipe(name: string): NamedRecipe | undefined {
  return RECIPES.find((recipe) => recipe.name === name);
}

/** @throws inputError `unknown-recipe` */
export function getRecipe(name: string): NamedRecipe {
  const found = findRecipe(name);
  if (found) return found;
  const names = RECIPES.map((recipe) => recipe.name);
  const [close] = closestNames(name, names);
  const hint = close === undefined ? '' : ` Did you mean ${close}?`;
  throw inputError(
    'unknown-recipe',
    `There is no recipe "${name}"; there are: ${names.join(', ')}.${hint}`,
    { details: { name } },
  );
}
