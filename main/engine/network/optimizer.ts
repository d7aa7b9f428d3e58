// Optimizers as state updates: which slots they keep, what they are fed, and how gradients become
// updates. What differs from step to step (the rate, Adam's bias correction) is fed, so that the graph
// and the checkpoint need no counters.
import type { Weight } from '../../zoo/parameters.ts';
import { op, type } from '../tensorflow/op.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import type { FeedSpec, Update } from '../recording/program.ts';
import type { TensorValues } from '../tensorflow/binding.ts';
import { tensorAt } from './tensor-at.ts';

interface CommonOptions {
  readonly weightDecay: number;
  /** Also decay batch norm's scale and shift and the last layer's bias, as PyTorch does. */
  readonly decayNormAndBias: boolean;
  /** Scale all gradients down so that their joint norm is at most this. */
  readonly clipNorm: number | undefined;
}

/** PyTorch's SGD without dampening: the decay is part of the gradient. */
export interface SgdOptions extends CommonOptions {
  readonly kind?: 'sgd';
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** PyTorch's AdamW: the decay is taken off the weight (Loshchilov & Hutter, arXiv 1711.05101). */
export interface AdamWOptions extends CommonOptions {
  readonly kind: 'adamw';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export type OptimizerOptions = SgdOptions | AdamWOptions;

/** What an optimizer keeps for each parameter; Adam's have PyTorch's names. */
export type SlotKind = 'momentum' | 'exp_avg' | 'exp_avg_sq';

export function slotKinds(options: OptimizerOptions): readonly SlotKind[] {
  return options.kind === 'adamw' ? ['exp_avg', 'exp_avg_sq'] : ['momentum'];
}

export const slotName = (kind: SlotKind, weight: string): string => `${kind}/${weight}`;

export function optimizerFeeds(options: OptimizerOptions): FeedSpec[] {
  const rate: FeedSpec = { name: 'rate', type: 'float32', shape: [] };
  return options.kind === 'adamw' ? [rate, { name: 'adam', type: 'float32', shape: [2] }] : [rate];
}

/**
 * Values of `optimizerFeeds` for the update after `step` others. Adam's bias correction is computed
 * here in double precision and folded into rate and ε:
 * rate/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε) = rate·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε·√(1 − β₂ᵗ)).
 */
export function optimizerFeedValues(
  options: OptimizerOptions,
  { rate, step }: { rate: number; step: number | undefined },
): Record<string, TensorValues> {
  const fed = { rate: new Float32Array([rate]) };
  if (options.kind !== 'adamw') return fed;
  if (step === undefined) throw new Error('AdamW needs to know how many updates there were.');
  const first = 1 - options.beta1 ** (step + 1);
  const second = Math.sqrt(1 - options.beta2 ** (step + 1));
  return { ...fed, adam: new Float32Array([(rate * second) / first, options.epsilon * second]) };
}

export interface Gradients {
  readonly weights: readonly Weight[];
  /** In the order of the weights. */
  readonly gradients: readonly Tensor[];
  readonly feed: (name: string) => Tensor;
}

/** One update for every weight; clipping and decay included. */
export function optimizerUpdates(options: OptimizerOptions, given: Gradients): Update[] {
  const clipped = clip(given.gradients, options.clipNorm);
  const rate = given.feed('rate');
  const each = (update: (weight: Weight, gradient: Tensor) => Update) =>
    given.weights.map((weight, i) => update(weight, tensorAt(clipped, i)));
  if (options.kind === 'adamw') {
    const [adamRate, epsilon] = tf.unstack(given.feed('adam'));
    if (!adamRate || !epsilon) throw new Error('Adam was fed too little.');
    return each((weight, gradient) => ({
      kind: 'adam',
      state: weight.name,
      mean: slotName('exp_avg', weight.name),
      square: slotName('exp_avg_sq', weight.name),
      gradient,
      rate: adamRate,
      epsilon,
      beta1: options.beta1,
      beta2: options.beta2,
      decay: decays(weight, options) ? { rate, factor: options.weightDecay } : undefined,
    }));
  }
  return each((weight, gradient) => ({
    kind: 'momentum',
    state: weight.name,
    slot: slotName('momentum', weight.name),
    gradient,
    decay: decays(weight, options) ? options.weightDecay : 0,
    rate,
    momentum: options.momentum,
    nesterov: options.nesterov,
  }));
}

function decays(weight: Weight, { weightDecay, decayNormAndBias }: CommonOptions): boolean {
  const isMatrix = weight.role === 'kernel' || weight.role === 'matrix';
  return weightDecay > 0 && (isMatrix || decayNormAndBias);
}

/** Gradient clipping by joint norm, PyTorch's `clip_grad_norm_`. */
function clip(gradients: readonly Tensor[], limit: number | undefined): readonly Tensor[] {
  if (limit === undefined) return gradients;
  const factor = tf.minimum(tf.div(limit, tf.add(jointNorm(gradients), 1e-6)), 1);
  return gradients.map((gradient) => tf.mul(gradient, factor));
}

/**
 * √Σ‖t‖² over the tensors; 0 for none. One sum of a vector: an `AddN` of the halves would begin with whichever
 * is free by then, and the last bit would differ from run to run.
 */
export function jointNorm(tensors: readonly Tensor[]): Tensor {
  const halves = tensors.map((tensor) => op('L2Loss', { T: type('float32') }, [tensor]));
  if (halves.length === 0) return tf.scalar(0);
  return tf.sqrt(tf.mul(tf.sum(tf.stack(halves)), 2));
}
