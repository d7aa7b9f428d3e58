// A planned network as tfjs ops. One function for training, evaluation and probes: what differs
// (whose statistics, dropout, what is observed) comes in through `Forward`.
import {
  DECODER_END,
  DECODER_START,
  type BlockPlan,
  type ConvLayer,
  type DecoderPlan,
  type Layer,
  type Merge,
  type NetworkPlan,
  type PathStart,
  type TransposedConvLayer,
} from '../../zoo/plan.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import {
  batchNormFrozen,
  batchNormInference,
  batchNormTraining,
  NORM_MOMENTUM,
  deviation,
  responseDeviation,
  type NormWeights,
} from '../ops/batch-norm.ts';
import { conv2d } from '../ops/conv2d.ts';
import { conv2dTranspose } from '../ops/conv2d-transpose.ts';
import { groupNorm } from '../ops/group-norm.ts';
import {
  averagePool,
  biasAdd,
  dropout,
  globalAveragePool,
  linear,
  maxPool,
  relu,
  sigmoid,
  subsample,
} from '../ops/layers.ts';
import { saltedSeed } from '../ops/random.ts';
import { squeezeExcitation } from '../ops/squeeze-excitation.ts';
import { attachGradient, scaleGradient } from '../ops/gradient.ts';
import type { ProbeHooks, TapPlace } from './probe-hooks.ts';
import { expectedGates, sampledGates } from './block-sampling.ts';

export interface Forward {
  /** By PyTorch name; kernels HWIO, matrices [in, out]. */
  weight(name: string): Tensor;
  /**
   * One number per block, [G], that multiplies the block's residual branch, besides what the spec's
   * sampling draws or expects; undefined: all 1, at no cost.
   */
  readonly gates: Tensor | undefined;
  readonly mode:
    | { readonly kind: 'inference' }
    | {
        readonly kind: 'training';
        readonly seed: Tensor;
        readonly observer: Observer;
        /** Batch norms that use, and leave alone, their running statistics; undefined: none. */
        readonly hasFrozenStatistics?: ((norm: string) => boolean) | undefined;
      };
  /** Only of passes in inference mode. */
  readonly probe?: ProbeHooks;
  /** Told the input of the last, linear layer, [N, D]. */
  readonly onFeatures?: (features: Tensor) => void;
}

/** Receives what a training pass computes besides the logits. It must keep what it wants. */
export interface Observer {
  /** A batch norm's running statistics after this batch. */
  statistics(layer: string, next: { mean: Tensor; variance: Tensor }): void;
  /** Standard deviation of a convolution's response, after batch norm where one follows. */
  response(convolution: string, deviation: () => Tensor): void;
  /** ‖dL/dx‖₂ at a block's or the head's input; called during the backward pass. */
  inputGradient(unit: string, dy: Tensor): void;
}

/** x: [N, H, W, C] float32 → logits [N, classes]. */
export function forward(plan: NetworkPlan, x: Tensor, pass: Forward): Tensor {
  const gates = gatesOf(plan, pass);
  const shortcutGates = pass.probe?.shortcutGates;
  const closed = shortcutGates && plan.blocks.length > 0 ? tf.unstack(shortcutGates) : undefined;
  const paths = pass.probe?.paths;
  let h = applyLayers(plan.stem.layers, x, pass);
  tap(pass, { kind: 'output', unit: plan.stem.name }, h);
  for (const block of plan.blocks) {
    h = applyBlock(block, tapped(h, block.name, pass), {
      pass,
      gate: gates?.[block.gate],
      shortcutGate: closed?.[block.gate],
      path: paths && pathOf(paths, block.gate),
    });
    tap(pass, { kind: 'output', unit: block.name }, h);
  }
  return applyLayers(plan.head.layers, tapped(h, plan.head.name, pass), pass);
}

/** Of a sample z [N, L] what the likelihood is of, [N, H, W, C]. Gates are of the encoder's blocks only. */
export function decode(decoder: DecoderPlan, z: Tensor, pass: Forward): Tensor {
  const { height, width, channels } = decoder.map;
  const [count = 1] = z.shape;
  const values = applyLayers([decoder.start], tapped(z, DECODER_START, pass), pass);
  const map = tf.reshape(values, [count, height, width, channels]);
  let h = applyLayers(decoder.activation, map, pass);
  for (const block of decoder.blocks) {
    const ungated = { gate: undefined, shortcutGate: undefined, path: undefined };
    h = applyBlock(block, tapped(h, block.name, pass), { pass, ...ungated });
  }
  return applyLayers(decoder.end, tapped(h, DECODER_END, pass), pass);
}

/** A scalar per block, or undefined where all would be 1. */
function gatesOf(plan: NetworkPlan, { gates, mode }: Forward): Tensor[] | undefined {
  const own = mode.kind === 'training' ? sampledGates(plan, mode.seed) : expectedGates(plan);
  const all = gates && own ? tf.mul(gates, own) : (gates ?? own);
  return all === undefined || plan.blocks.length === 0 ? undefined : tf.unstack(all);
}

interface BlockContext {
  readonly pass: Forward;
  readonly gate: Tensor | undefined;
  readonly shortcutGate: Tensor | undefined;
  /** [N, 1, 1, 1]: 1 where the gradient goes through the branch, else 0. */
  readonly path: Tensor | undefined;
}

/** Column `gate` of [N, G] as factors of maps, [N, 1, 1, 1]. */
function pathOf(paths: Tensor, gate: number): Tensor {
  const [count = 1] = paths.shape;
  return tf.reshape(tf.slice(paths, [0, gate], [count, 1]), [count, 1, 1, 1]);
}

function tap({ probe }: Forward, place: TapPlace, value: Tensor): void {
  probe?.tap?.(place, value);
}

function applyBlock(block: BlockPlan, x: Tensor, context: BlockContext): Tensor {
  const { pass, gate, shortcutGate, path } = context;
  const activated = applyLayers(block.before, x, pass);
  const { merge } = block;
  // A plain block is nothing but its branch, so there is nothing that a gate could leave over.
  if (block.shortcut.kind === 'none') {
    const branch = applyLayers(block.branch, activated, pass);
    tap(pass, { kind: 'branch', block: block.name }, branch);
    const y = applyLayers(block.after, branch, pass);
    return pass.probe?.bypassesPlain === true && gate ? bypassed(block, { x, y, gate }) : y;
  }
  const factor = merge.kind === 'scaling' ? scaled(gate, merge.branch) : gate;
  const isGatedByMerge = merge.kind === 'exclusive-gating';
  const wholeBranch = applyLayers(
    block.branch,
    activated,
    pass,
    isGatedByMerge ? undefined : factor,
  );
  const wholeShortcut = gated(applyShortcut(block, { x, activated, pass }), shortcutGate);
  tf.util.assertShapesMatch(wholeBranch.shape, wholeShortcut.shape, 'Branch and shortcut differ: ');
  tap(pass, { kind: 'branch', block: block.name }, wholeBranch);
  tap(pass, { kind: 'shortcut', block: block.name }, wholeShortcut);
  const branch = path ? scaleGradient(wholeBranch, path) : wholeBranch;
  const shortcut = path ? scaleGradient(wholeShortcut, tf.sub(1, path)) : wholeShortcut;
  const meet = { branch, shortcut, starts: { input: x, activated } };
  return applyLayers(block.after, applyMerge(block, meet, context), pass);
}

/** A plain block and what would be left of it without its layers, in the shares g and 1 − g. */
function bypassed(
  { input, output }: BlockPlan,
  { x, y, gate }: { readonly x: Tensor; readonly y: Tensor; readonly gate: Tensor },
): Tensor {
  const small = subsample(x, Math.ceil(input.height / output.height));
  const extra = output.channels - input.channels;
  const none: [number, number] = [0, 0];
  const left = extra > 0 ? tf.pad(small, [none, none, none, [0, extra]]) : small;
  tf.util.assertShapesMatch(y.shape, left.shape, 'A plain block cannot be bypassed: ');
  return tf.add(tf.mul(y, gate), tf.mul(left, tf.sub(1, gate)));
}

type LearnedGate = Extract<Merge, { readonly layers: readonly Layer[] }>;

/** The equations of He et al. 2016 (arXiv 1603.05027), table 1. */
function applyMerge(
  { name, merge }: BlockPlan,
  meet: {
    readonly branch: Tensor;
    readonly shortcut: Tensor;
    readonly starts: Readonly<Record<PathStart, Tensor>>;
  },
  { pass, gate, path }: BlockContext,
): Tensor {
  const { branch, shortcut, starts } = meet;
  const learned = ({ from, layers }: LearnedGate, factor?: Tensor): Tensor => {
    const share = applyLayers(layers, starts[from], pass, factor);
    tap(pass, { kind: 'gate', block: name }, share);
    // What the gradient does by way of it belongs to the branch.
    return path ? scaleGradient(share, path) : share;
  };
  switch (merge.kind) {
    case 'add':
      return tf.add(branch, shortcut);
    case 'scaling':
      return tf.add(branch, tf.mul(shortcut, merge.shortcut));
    case 'exclusive-gating':
      // g F + (1 − g) S, with one product.
      return tf.add(shortcut, tf.mul(learned(merge, gate), tf.sub(branch, shortcut)));
    case 'shortcut-gating':
      return tf.add(branch, tf.mul(tf.sub(1, learned(merge)), shortcut));
    case 'dropout':
      return tf.add(branch, applyLayers([merge.layer], shortcut, pass));
  }
}

function scaled(gate: Tensor | undefined, factor: number): Tensor {
  return gate ? tf.mul(gate, factor) : tf.scalar(factor);
}

function applyShortcut(
  { name, shortcut }: BlockPlan,
  at: { readonly x: Tensor; readonly activated: Tensor; readonly pass: Forward },
): Tensor {
  const { x, activated, pass } = at;
  switch (shortcut.kind) {
    case 'none':
      throw new Error(`${name} has no shortcut.`);
    case 'identity':
      return x;
    case 'pad': {
      const small = subsample(x, shortcut.stride);
      const none: [number, number] = [0, 0];
      return shortcut.extraChannels === 0
        ? small
        : tf.pad(small, [none, none, none, [0, shortcut.extraChannels]]);
    }
    case 'projection':
      return applyLayers(shortcut.layers, shortcut.from === 'activated' ? activated : x, pass);
  }
}

/**
 * Applies layers in order. A gate scales the output; it is folded into the last layer's weights
 * (γ and β, or the kernel), which is the same function without a pass over the feature map.
 */
function applyLayers(
  layers: readonly Layer[],
  input: Tensor,
  pass: Forward,
  gate?: Tensor,
): Tensor {
  let h = input;
  layers.forEach((layer, index) => {
    const isLast = index === layers.length - 1;
    h = applyLayer(layer, h, {
      pass,
      gate: isLast ? gate : undefined,
      next: layers[index + 1],
      previous: layers[index - 1],
    });
  });
  return h;
}

interface LayerContext {
  readonly pass: Forward;
  readonly gate: Tensor | undefined;
  readonly next: Layer | undefined;
  readonly previous: Layer | undefined;
}

function applyLayer(layer: Layer, x: Tensor, context: LayerContext): Tensor {
  const { pass, gate } = context;
  switch (layer.op) {
    case 'conv': {
      const kernel = gated(pass.weight(`${layer.name}.weight`), gate);
      const product = conv2d(x, kernel, layer);
      const y =
        layer.bias === undefined ? product : biasAdd(product, pass.weight(`${layer.name}.bias`));
      observeConvolution(layer, y, context);
      return y;
    }
    case 'transposed-conv': {
      const y = conv2dTranspose(x, gated(pass.weight(`${layer.name}.weight`), gate), layer);
      observeConvolution(layer, y, context);
      return y;
    }
    case 'norm':
      return applyNorm(layer.name, x, context);
    case 'relu':
      return gated(relu(x), gate);
    case 'sigmoid':
      return gated(sigmoid(x), gate);
    case 'group-norm': {
      if (pass.probe?.norm === 'none') return gated(x, gate);
      const scale = gated(pass.weight(`${layer.name}.weight`), gate);
      const shift = gated(pass.weight(`${layer.name}.bias`), gate);
      return groupNorm(x, { scale, shift }, layer.groups);
    }
    case 'squeeze-excitation': {
      const part = (name: string): { matrix: Tensor; bias: Tensor } => ({
        matrix: pass.weight(`${layer.name}.${name}.weight`),
        bias: pass.weight(`${layer.name}.${name}.bias`),
      });
      return squeezeExcitation(x, { reduce: part('fc1'), expand: part('fc2') }, gate);
    }
    case 'dropout': {
      if (pass.mode.kind === 'inference') return x;
      return dropout(x, layer.rate, saltedSeed(pass.mode.seed, layer.name));
    }
    case 'max-pool':
      return maxPool(x, layer);
    case 'average-pool':
      return averagePool(x);
    case 'global-average-pool':
      return globalAveragePool(x);
    case 'linear':
      tap(pass, { kind: 'features' }, x);
      pass.onFeatures?.(x);
      return linear(x, pass.weight(`${layer.name}.weight`), pass.weight(`${layer.name}.bias`));
  }
}

function gated(x: Tensor, gate: Tensor | undefined): Tensor {
  return gate ? tf.mul(x, gate) : x;
}

function applyNorm(name: string, x: Tensor, context: LayerContext): Tensor {
  const { pass, gate } = context;
  const convolution = convolutionIn(context.previous);
  if (pass.probe) {
    const y = probedNorm(name, x, { pass, gate, probe: pass.probe });
    if (convolution !== undefined) tap(pass, { kind: 'response', convolution }, y);
    return y;
  }
  const weights: NormWeights = {
    scale: gated(pass.weight(`${name}.weight`), gate),
    shift: gated(pass.weight(`${name}.bias`), gate),
    mean: pass.weight(`${name}.running_mean`),
    variance: pass.weight(`${name}.running_var`),
  };
  if (pass.mode.kind === 'inference') return batchNormInference(x, weights);
  const { observer, hasFrozenStatistics } = pass.mode;
  if (hasFrozenStatistics?.(name) === true) {
    const y = batchNormFrozen(x, weights);
    if (convolution !== undefined) observer.response(convolution, () => deviation(y));
    return y;
  }
  const trained = batchNormTraining(x, weights);
  observer.statistics(name, { mean: trained.nextMean, variance: trained.nextVariance });
  if (convolution !== undefined) {
    const perChannel = x.size / (x.shape[3] ?? 1);
    observer.response(convolution, () => responseDeviation(weights, trained, perChannel));
  }
  return trained.output;
}

/** The convolution whose response a layer normalizes, if one is right before it. */
function convolutionIn(layer: Layer | undefined): string | undefined {
  return layer?.op === 'conv' || layer?.op === 'transposed-conv' ? layer.name : undefined;
}

function probedNorm(
  name: string,
  x: Tensor,
  context: {
    readonly pass: Forward;
    readonly gate: Tensor | undefined;
    readonly probe: ProbeHooks;
  },
): Tensor {
  const { pass, gate, probe } = context;
  if (probe.norm === 'none') return gated(x, gate);
  const scale = gated(pass.weight(`${name}.weight`), gate);
  const shift = gated(pass.weight(`${name}.bias`), gate);
  if (probe.norm === 'running') {
    const mean = pass.weight(`${name}.running_mean`);
    const variance = pass.weight(`${name}.running_var`);
    return batchNormFrozen(x, { scale, shift, mean, variance });
  }
  // From statistics of 0 the op's running ones become the batch's, times the momentum.
  const none = tf.zerosLike(scale);
  const trained = batchNormTraining(x, { scale, shift, mean: none, variance: none });
  probe.statistics?.(name, {
    mean: tf.div(trained.nextMean, NORM_MOMENTUM),
    variance: tf.div(trained.nextVariance, NORM_MOMENTUM),
  });
  return trained.output;
}

/** Without a batch norm behind it, a convolution's response is its own output. */
function observeConvolution(
  layer: ConvLayer | TransposedConvLayer,
  y: Tensor,
  { pass, next }: LayerContext,
): void {
  if (next?.op !== 'norm') tap(pass, { kind: 'response', convolution: layer.name }, y);
  if (pass.mode.kind === 'training' && next?.op !== 'norm') {
    pass.mode.observer.response(layer.name, () => deviation(y));
  }
}

/** Lets the observer see the gradient that arrives at a unit's input. Costs no op by itself. */
function tapped(x: Tensor, unit: string, pass: Forward): Tensor {
  const observed = observerOf(pass);
  if (observed === undefined) return x;
  return attachGradient({
    inputs: [x],
    output: x,
    saved: [],
    backward: (dy) => {
      observed(unit, dy);
      return [dy];
    },
  });
}

function observerOf({ mode, probe }: Forward): ((unit: string, dy: Tensor) => void) | undefined {
  if (mode.kind === 'inference') return probe?.inputGradient;
  const { observer } = mode;
  return (unit, dy) => observer.inputGradient(unit, dy);
}
