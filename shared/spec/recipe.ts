// How a network is trained: batch, length, optimizer, learning rate, augmentation. Data only.
import { z } from 'zod';

const positive = z.int().positive();
const rate = z.number().positive().max(1000);

/** An epoch is as many examples as the training split has; a batch may span two epochs. */
export const LengthSpec = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('epochs'), epochs: z.number().positive().max(100_000) }),
  z.strictObject({ kind: z.literal('steps'), steps: positive }),
]);

export const OptimizerSpec = z.strictObject({
  kind: z.literal('sgd').default('sgd'),
  momentum: z.number().min(0).lt(1).default(0.9),
  nesterov: z.boolean().default(false),
  weightDecay: z.number().min(0).max(1).default(1e-4),
  /** Also decay batch norm's scale and shift and the bias, as PyTorch's SGD does by default. */
  decayNormAndBias: z.boolean().default(true),
  /** Largest joint gradient norm; null leaves gradients alone. */
  clipNorm: z.number().positive().nullable().default(null),
});

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
]);

export const AugmentationSpec = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('pad-crop-flip'),
    pad: z.int().min(0).max(64).default(4),
    flip: z.boolean().default(true),
  }),
]);

const channelValues = z.array(z.number()).min(1).max(4);

export const NormalizationSpec = z.discriminatedUnion('kind', [
  /** The training split's own mean and standard deviation per channel. */
  z.strictObject({ kind: z.literal('auto') }),
  /** Of pixels scaled to [0, 1]. */
  z.strictObject({
    kind: z.literal('fixed'),
    mean: channelValues,
    deviation: z.array(z.number().positive()).min(1).max(4),
  }),
]);

export const RecipeSpec = z.strictObject({
  format: z.literal(1).default(1),
  name: z.string().max(80).default('custom'),
  batch: positive.max(65_536).default(128),
  length: LengthSpec.default({ kind: 'epochs', epochs: 10 }),
  optimizer: OptimizerSpec.prefault({}),
  schedule: ScheduleSpec.prefault({ kind: 'cosine', rate: 0.1 }),
  labelSmoothing: z.number().min(0).lt(1).default(0),
  augmentation: AugmentationSpec.default({ kind: 'none' }),
  normalization: NormalizationSpec.default({ kind: 'auto' }),
  shuffle: z.boolean().default(true),
  /** Record the per-block diagnostics every so many steps; 0 never. */
  diagnosticsEvery: z.int().min(0).default(10),
});

export type RecipeSpec = z.output<typeof RecipeSpec>;
export type RecipeInput = z.input<typeof RecipeSpec>;
export type ScheduleSpec = z.output<typeof ScheduleSpec>;
export type LengthSpec = z.output<typeof LengthSpec>;
export type OptimizerSpec = z.output<typeof OptimizerSpec>;
export type AugmentationSpec = z.output<typeof AugmentationSpec>;
export type NormalizationSpec = z.output<typeof NormalizationSpec>;
