// How a network is trained: batch, length, optimizer, learning rate, augmentation. Data only.
import { z } from 'zod';
import { AugmentationSpec } from './augmentation.ts';
import { PrecisionSpec } from './precision.ts';

const positive = z.int().positive();
const rate = z.number().positive().max(1000);

/** A run that was trained for longer than planned: from that step on its schedule did this. */
export const ExtensionSpec = z.strictObject({
  fromStep: positive,
  /** As if planned for the whole length, or the schedule again over the added steps. */
  schedule: z.enum(['stretch', 'append']),
});

/** An epoch is as many examples as the training split has; a batch may span two epochs. */
export const LengthSpec = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('epochs'), epochs: z.number().positive().max(100_000) }),
  z.strictObject({ kind: z.literal('steps'), steps: positive }),
]);

/** Also decay batch norm's scale and shift and the bias, as PyTorch's optimizers do by default. */
const decayNormAndBias = z.boolean().default(true);
/** Largest joint gradient norm; null leaves gradients alone. */
const clipNorm = z.number().positive().nullable().default(null);

export const OptimizerSpec = z.discriminatedUnion('kind', [
  z.strictObject({
    // Optional inside the default, so that a recipe without a kind is one of SGD.
    kind: z.literal('sgd').optional().default('sgd'),
    momentum: z.number().min(0).lt(1).default(0.9),
    nesterov: z.boolean().default(false),
    /** Added to the gradient. */
    weightDecay: z.number().min(0).max(1).default(1e-4),
    decayNormAndBias,
    clipNorm,
  }),
  /** Adam with decoupled weight decay (Loshchilov & Hutter 2019, arXiv 1711.05101). */
  z.strictObject({
    kind: z.literal('adamw'),
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.999),
    epsilon: z.number().positive().max(1).default(1e-8),
    /** Times the rate, taken off the weight itself. */
    weightDecay: z.number().min(0).max(1).default(0.01),
    decayNormAndBias,
    clipNorm,
  }),
]);

export const WarmupSpec = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  /** From 0 to the schedule's rate in equal steps. */
  z.strictObject({ kind: z.literal('linear'), steps: positive }),
  /** One low rate (He et al. 2015 for 110 layers: 0.01 for about 400 steps). */
  z.strictObject({ kind: z.literal('constant'), steps: positive, rate }),
]);

/** Milestones are fractions of the whole run, so that a shorter run keeps the shape. */
export const ScheduleSpec = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('constant'),
    rate,
    warmup: WarmupSpec.default({ kind: 'none' }),
  }),
  z.strictObject({
    kind: z.literal('step'),
    rate,
    milestones: z.array(z.number().gt(0).lt(1)).min(1).max(20),
    factor: z.number().gt(0).lt(1),
    warmup: WarmupSpec.default({ kind: 'none' }),
  }),
  z.strictObject({
    kind: z.literal('cosine'),
    rate,
    /** The rate at the end, as a fraction of the first. */
    final: z.number().min(0).lt(1).default(0),
    warmup: WarmupSpec.default({ kind: 'none' }),
  }),
  /** rate · (1 − progress)^power, down to `final` (DeepLab's "poly"; PyTorch's PolynomialLR). */
  z.strictObject({
    kind: z.literal('polynomial'),
    rate,
    power: z.number().positive().max(10).default(1),
    final: z.number().min(0).lt(1).default(0),
    warmup: WarmupSpec.default({ kind: 'none' }),
  }),
  /** Up to the rate and far down again (Smith & Topin 2017, arXiv 1708.07120; OneCycleLR). */
  z.strictObject({
    kind: z.literal('one-cycle'),
    /** The highest. */
    rate,
    /** Share of the run that it rises for. */
    rise: z.number().gt(0).lt(1).default(0.3),
    /** The rate at the beginning and at the end, as fractions of the highest. */
    initial: z.number().gt(0).max(1).default(0.04),
    final: z.number().min(0).max(1).default(4e-6),
    curve: z.enum(['cosine', 'linear']).default('cosine'),
  }),
]);

const channelValues = z.array(z.number()).min(1).max(4);

export const NormalizationSpec = z.discriminatedUnion('kind', [
  /** The training split's own mean and standard deviation per channel. */
  z.strictObject({ kind: z.literal('auto') }),
  /** The training split's mean image is subtracted, pixel by pixel, and nothing scaled (He et al. 2015). */
  z.strictObject({ kind: z.literal('per-pixel') }),
  /** Of pixels scaled to [0, 1]. */
  z.strictObject({
    kind: z.literal('fixed'),
    mean: channelValues,
    deviation: z.array(z.number().positive()).min(1).max(4),
  }),
]);

/** Averages of the weights over steps, which are then what is evaluated and kept as the best. */
export const AveragingSpec = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  /** average ← decay · average + (1 − decay) · weights after every step, statistics included. */
  z.strictObject({
    kind: z.literal('ema'),
    decay: z.number().gt(0).lt(1).default(0.999),
    /** At most (1 + step) / (10 + step) at first, so that the start is soon forgotten. */
    rampUp: z.boolean().default(true),
  }),
]);

/** Units that keep the weights they start with: no gradient, no update. */
export const FrozenSpec = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('stages'),
    /** The stem and this many stages; 0 is the stem alone. */
    stages: z.int().min(0).max(8).default(1),
    /** Their batch norms use, and keep, the running statistics they start with. */
    normInference: z.boolean().default(true),
  }),
]);

export const EarlyStoppingSpec = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('patience'),
    /** Evaluations, one after each epoch, without improvement. */
    evaluations: positive.max(100_000).default(10),
    /** What counts as an improvement: more than this much better. */
    leastGain: z.number().min(0).default(0),
    /** The last checkpoint gets the best weights in the end. */
    restoreBest: z.boolean().default(true),
  }),
]);

export const CheckpointsSpec = z.strictObject({
  /** What "best" means, on the validation split: for checkpoints and early stopping. */
  monitor: z.enum(['accuracy', 'loss']).default('accuracy'),
  /** So many of the best evaluations keep their weights. */
  keepBest: positive.max(100).default(1),
  /** Also keep the weights after every so many epochs; null does not. */
  everyEpochs: positive.max(100_000).nullable().default(null),
});

const recipeFields = z.strictObject({
  format: z.literal(1).default(1),
  name: z.string().max(80).default('custom'),
  /** Examples of one update. */
  batch: positive.max(65_536).default(128),
  /** Parts that a batch is computed in, one after the other, to need less memory. */
  microBatches: positive.max(1024).default(1),
  length: LengthSpec.default({ kind: 'epochs', epochs: 10 }),
  optimizer: OptimizerSpec.prefault({}),
  schedule: ScheduleSpec.prefault({ kind: 'cosine', rate: 0.1 }),
  /** In the order of their steps; none unless the run was extended. */
  extensions: z.array(ExtensionSpec).max(100).optional(),
  labelSmoothing: z.number().min(0).lt(1).default(0),
  averaging: AveragingSpec.default({ kind: 'none' }),
  frozen: FrozenSpec.default({ kind: 'none' }),
  earlyStopping: EarlyStoppingSpec.default({ kind: 'none' }),
  checkpoints: CheckpointsSpec.prefault({}),
  augmentation: AugmentationSpec.default({ kind: 'none' }),
  normalization: NormalizationSpec.default({ kind: 'auto' }),
  shuffle: z.boolean().default(true),
  /** Against unequal classes: weigh rare ones more in the loss, or show every class equally often. */
  classBalance: z.enum(['none', 'weights', 'sampling']).default('none'),
  /** Evaluate the mean of an image's and its mirror image's logits. */
  testTimeFlip: z.boolean().default(false),
  /** Record the per-block diagnostics every so many steps; 0 never. */
  diagnosticsEvery: z.int().min(0).default(10),
  /** Of products and activations, in training and evaluation. */
  precision: PrecisionSpec.meta({ default: 'float32' }).optional(),
});

/** Optional fields are left out where they say what was always so. */
export const RecipeSpec = recipeFields.overwrite((spec) => {
  const named = { ...spec };
  if (named.precision === 'float32') delete named.precision;
  return named;
});

export type RecipeSpec = z.output<typeof RecipeSpec>;
export type RecipeInput = z.input<typeof RecipeSpec>;
export type ScheduleSpec = z.output<typeof ScheduleSpec>;
export type ExtensionSpec = z.output<typeof ExtensionSpec>;
export type LengthSpec = z.output<typeof LengthSpec>;
export type OptimizerSpec = z.output<typeof OptimizerSpec>;
export type AveragingSpec = z.output<typeof AveragingSpec>;
export type FrozenSpec = z.output<typeof FrozenSpec>;
export type EarlyStoppingSpec = z.output<typeof EarlyStoppingSpec>;
export type CheckpointsSpec = z.output<typeof CheckpointsSpec>;
export type NormalizationSpec = z.output<typeof NormalizationSpec>;
