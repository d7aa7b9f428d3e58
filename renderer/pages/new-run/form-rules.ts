// How the fields of network, recipe and data are called, and which have no effect when. A field that is
// not named here is shown under its own name, so a new variant of the spec appears by itself.
import { z } from 'zod';
import { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import {
  appliesToArchitecture,
  architectureBeginnings,
  architectureChoices,
  architectureHints,
  architectureLabels,
} from '../../../shared/spec/architecture-fields.ts';
import { recipeChoices, recipeLabels } from '../../../shared/spec/recipe-fields.ts';
import { RecipeSpec } from '../../../shared/spec/recipe.ts';
import { OLD_PIXEL_RULES } from '../../../shared/spec/pixel-rules.ts';
import { DataSpec } from '../../../shared/spec/run.ts';
import {
  appliesToAugmentation,
  augmentationRules,
} from '../../parts/augmentation/augmentation-fields.ts';
import type { FormRules } from '../../parts/schema-form/fields.ts';
import type { JsonSchema } from '../../parts/schema-form/json-schema.ts';

export const architectureSchema = z.toJSONSchema(ArchitectureSpec, { io: 'input' }) as JsonSchema;
export const recipeSchema = z.toJSONSchema(RecipeSpec, { io: 'input' }) as JsonSchema;
export const dataSchema = z.toJSONSchema(DataSpec, { io: 'input' }) as JsonSchema;

export const architectureRules: FormRules = {
  hidden: ['name', 'format'],
  applies: appliesToArchitecture,
  labels: architectureLabels,
  hints: architectureHints,
  choices: architectureChoices,
  initial: architectureBeginnings,
};

export const recipeRules: FormRules = {
  hidden: ['name', 'format', 'extensions'],
  applies: appliesToAugmentation,
  labels: recipeLabels,
  units: {
    'length.epochs': 'epochs',
    'length.steps': 'steps',
    'schedule.warmup.steps': 'steps',
    ...augmentationRules.units,
    diagnosticsEvery: 'steps',
    batch: 'images',
    'schedule.rise': 'of the run',
    'earlyStopping.evaluations': 'epochs',
    'checkpoints.everyEpochs': 'epochs',
    'checkpoints.keepBest': 'checkpoints',
  },
  hints: {
    'schedule.milestones':
      'Where the rate falls, as shares of the whole run, so that a shorter run keeps the shape.',
    'schedule.final': 'The rate at the end, as a share of the highest.',
    'schedule.initial': 'The rate at the beginning, as a share of the highest.',
    'schedule.power': '1 is a straight line; below 1 it stays high for longer.',
    'optimizer.kind': 'AdamW wants rates about a hundred times smaller than SGD: 0.001.',
    'optimizer.weightDecay':
      'SGD adds it to the gradient; AdamW takes rate · decay off the weight.',
    microBatches:
      'The batch is computed in so many parts, one after the other, for less memory. Batch norm sees only a part at a time.',
    'averaging.kind':
      'Averaged weights are what is evaluated and kept as the best; training goes on with the others.',
    'averaging.decay': 'How much of the average stays at every step.',
    'averaging.rampUp': 'A smaller decay for the first steps, so that the start is soon forgotten.',
    'frozen.kind': 'For a run that starts from trained weights.',
    'frozen.stages': 'The stem and so many stages keep their weights; 0 is the stem alone.',
    'frozen.normInference': 'Their batch norms keep their running statistics too.',
    'earlyStopping.kind': 'Ends the run when validation brings nothing new for a while.',
    'earlyStopping.leastGain': 'Less than this is no improvement.',
    'earlyStopping.restoreBest': 'The last checkpoint gets the best weights in the end.',
    'checkpoints.monitor': 'On the validation split; also what early stopping watches.',
    'checkpoints.keepBest': 'Weights of so many of the best evaluations are kept.',
    'checkpoints.everyEpochs': 'Weights are also kept after every so many epochs.',
    'normalization.kind':
      'Every channel brought to mean 0 and deviation 1, or the mean image of the training data subtracted (He et al. 2015).',
    testTimeFlip: 'Evaluate the mean over each image and its mirror image.',
    precision:
      'Format of products and activations; weights and sums stay float32. bfloat16 is fast on Ampere and newer GPUs and on processors with AMX, float16 on Volta and Turing.',
    'optimizer.decayNormAndBias': 'As PyTorch’s SGD does by default.',
    'optimizer.clipNorm': 'Largest joint gradient norm.',
    ...augmentationRules.hints,
    diagnosticsEvery: 'How often gradient norms of every block are recorded; 0 never.',
  },
  choices: recipeChoices,
  initial: {
    'checkpoints.everyEpochs': 10,
    'length.epochs': 10,
    'length.steps': 2000,
    'schedule.rate': 0.1,
    'schedule.milestones': [0.5, 0.75],
    'schedule.factor': 0.1,
    'schedule.warmup.steps': 400,
    'schedule.warmup.rate': 0.01,
    'optimizer.clipNorm': 1,
    'normalization.mean': [0.485, 0.456, 0.406],
    'normalization.deviation': [0.229, 0.224, 0.225],
  },
};

export function dataRules(options: {
  readonly hasSplit: boolean;
  readonly hasSize: boolean;
}): FormRules {
  return {
    hidden: [
      // How folders are read is of the dataset page, and a new run takes the newest decisions.
      ...['source', 'layout', 'columns', 'mergeClasses', 'rules', 'decisions'],
      ...(options.hasSize ? ['imageSize', 'resize', 'depth', 'ground', 'damaged'] : []),
      ...(options.hasSplit ? ['valFraction', 'splitSeed'] : []),
    ],
    implied: { resize: 'crop', ...OLD_PIXEL_RULES },
    choices: {
      resize: { crop: 'Crop the middle', squash: 'Squash', pad: 'Fit inside, black around' },
      damaged: { accept: 'Decode what viewers show', reject: 'Leave out' },
    },
    labels: {
      imageSize: 'Image side',
      resize: 'To a square',
      depth: '16-bit window',
      ground: 'Behind transparency',
      damaged: 'Damaged JPEGs',
      valFraction: 'Held out for validation',
      splitSeed: 'Seed of the split',
    },
    units: { imageSize: 'px', valFraction: 'of the examples' },
    hints: {
      resize: 'How pictures of other proportions are brought to a square.',
      depth:
        'Values of 16-bit files that become black and white: full, window (the bits in use) or LOW..HIGH.',
      ground:
        'Colour behind transparent pixels: white, grey, black, #RRGGBB, or none to ignore alpha.',
      damaged:
        'No end mark, stray bytes, or cut off with at least half of the picture there; each is listed in the findings.',
      imageSize: 'Folder images are brought to this side length; empty lets the data decide.',
    },
  };
}
