// How the fields of network, recipe and data are called, and which have no effect when. A field that is
// not named here is shown under its own name, so a new variant of the spec appears by itself.
import { z } from 'zod';
import { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import { RecipeSpec } from '../../../shared/spec/recipe.ts';
import { DataSpec } from '../../../shared/spec/run.ts';
import type { FormRules } from '../../parts/schema-form/fields.ts';
import type { JsonSchema } from '../../parts/schema-form/json-schema.ts';
import { valueAt } from '../../parts/schema-form/value-path.ts';

export const architectureSchema = z.toJSONSchema(ArchitectureSpec, { io: 'input' }) as JsonSchema;
export const recipeSchema = z.toJSONSchema(RecipeSpec, { io: 'input' }) as JsonSchema;
export const dataSchema = z.toJSONSchema(DataSpec, { io: 'input' }) as JsonSchema;

const isBasic = (spec: unknown): boolean => valueAt(spec, ['block', 'kind']) === 'basic';
const isPlain = (spec: unknown): boolean => valueAt(spec, ['shortcut']) === 'none';
const endsInConvolution = (spec: unknown): boolean =>
  valueAt(spec, ['block', 'order']) === 'full-preactivation';

export const architectureRules: FormRules = {
  hidden: ['name', 'format'],
  applies: (key, spec) => {
    switch (key) {
      case 'block.expansion':
      case 'block.baseWidth':
        return !isBasic(spec);
      case 'zeroInitLastScale':
        return !isPlain(spec) && !endsInConvolution(spec);
      default:
        return true;
    }
  },
  labels: {
    'stem.kind': 'Kind',
    'stages.*.blocks': 'Blocks',
    widthMultiplier: 'Width multiplier',
    'block.kind': 'Kind',
    'block.order': 'Order',
    'block.baseWidth': 'Base width',
    zeroInitLastScale: 'Start as identity',
  },
  hints: {
    widthMultiplier: 'Multiplies every stage’s width, not the stem’s: the k of WRN-d-k.',
    'block.order': 'Where batch norm and ReLU stand (He et al. 2016, figure 4).',
    'block.baseWidth': 'The 3×3 is width · base width / 64 · groups wide.',
    'block.dropout': 'Share of values dropped before the block’s last convolution.',
    shortcut:
      'How a block’s input reaches its output: A pads with zeros, B projects where the shape changes, C everywhere.',
    zeroInitLastScale:
      'Each branch’s last batch norm starts at scale 0, so every block starts as the identity.',
  },
  choices: {
    'stem.kind': { cifar: 'CIFAR: 3×3', imagenet: 'ImageNet: 7×7 + pool' },
    'block.kind': { basic: 'Basic: 3×3, 3×3', bottleneck: 'Bottleneck: 1×1, 3×3, 1×1' },
    'block.order': {
      original: 'Original (post-activation)',
      'full-preactivation': 'Full pre-activation',
    },
    shortcut: {
      none: 'None: a plain network',
      A: 'A: pad',
      B: 'B: project on change',
      C: 'C: project always',
    },
  },
};

export const recipeRules: FormRules = {
  hidden: ['name', 'format', 'optimizer.kind'],
  labels: {
    batch: 'Batch size',
    'length.kind': 'Measured in',
    'schedule.kind': 'Shape',
    'schedule.rate': 'Rate',
    'schedule.final': 'Final share',
    schedule: 'Learning rate',
    'schedule.warmup': 'Warm-up',
    'schedule.warmup.kind': 'Kind',
    'optimizer.clipNorm': 'Clip norm',
    'optimizer.decayNormAndBias': 'Decay norm and bias',
    'augmentation.pad': 'Pad',
    'normalization.mean': 'Mean',
    'normalization.deviation': 'Deviation',
    diagnosticsEvery: 'Diagnostics every',
    optimizer: 'Optimizer: SGD',
  },
  units: {
    'length.epochs': 'epochs',
    'length.steps': 'steps',
    'schedule.warmup.steps': 'steps',
    'augmentation.pad': 'px',
    diagnosticsEvery: 'steps',
    batch: 'images',
  },
  hints: {
    'schedule.milestones':
      'Where the rate falls, as shares of the whole run, so that a shorter run keeps the shape.',
    'schedule.final': 'The rate at the end, as a share of the first.',
    'optimizer.decayNormAndBias': 'As PyTorch’s SGD does by default.',
    'optimizer.clipNorm': 'Largest joint gradient norm.',
    diagnosticsEvery: 'How often gradient norms of every block are recorded; 0 never.',
  },
  choices: {
    length: { epochs: 'Epochs', steps: 'Steps' },
    schedule: { constant: 'Constant', step: 'Steps', cosine: 'Cosine' },
    'schedule.warmup': { none: 'None', linear: 'Linear', constant: 'One low rate' },
    augmentation: { none: 'None', 'pad-crop-flip': 'Pad, crop, flip' },
    normalization: { auto: 'From the training data', fixed: 'Fixed' },
  },
  initial: {
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
      'source',
      ...(options.hasSize ? ['imageSize'] : []),
      ...(options.hasSplit ? ['valFraction', 'splitSeed'] : []),
    ],
    labels: {
      imageSize: 'Image side',
      valFraction: 'Held out for validation',
      splitSeed: 'Seed of the split',
    },
    units: { imageSize: 'px', valFraction: 'of the examples' },
    hints: {
      imageSize: 'Folder images are brought to this side length; empty lets the data decide.',
    },
  };
}
