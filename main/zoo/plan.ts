// A network plan: the spec resolved for one input size and class count into named layers with
// shapes. The parameter count, the layer table, the drawing, the weight file and the engine's
// forward pass all read this one structure. Plain data; nothing here computes or allocates.
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import type { Likelihood } from '../../shared/spec/autoencoder.ts';

/** The shape of one example's feature map; a vector is 1 × 1 × channels. */
export interface MapShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

interface LayerShapes {
  readonly input: MapShape;
  readonly output: MapShape;
}

export interface ConvLayer extends LayerShapes {
  readonly op: 'conv';
  /** PyTorch's module name, e.g. `layer1.0.conv1`. */
  readonly name: string;
  readonly kernel: number;
  readonly stride: number;
  /** Zeros added on each side, as in PyTorch. */
  readonly padding: number;
  readonly groups: number;
  /** Distance between the pixels that the kernel reads. */
  readonly dilation: number;
  /** Where a bias starts; convolutions before a normalization have none. */
  readonly bias?: number;
}

/** A convolution's transpose, without a bias: it enlarges its map by the stride. */
export interface TransposedConvLayer extends LayerShapes {
  readonly op: 'transposed-conv';
  readonly name: string;
  readonly kernel: number;
  readonly stride: number;
  /** Pixels cut off each side, as in PyTorch. */
  readonly padding: number;
  /** Pixels more at the bottom and the right. */
  readonly outputPadding: number;
}

/** Batch normalization with scale and shift, ε = 1e-5, statistics' momentum 0.1 (PyTorch's). */
export interface NormLayer extends LayerShapes {
  readonly op: 'norm';
  readonly name: string;
  /** Scale starts at 0 instead of 1. */
  readonly zeroInit: boolean;
}

/**
 * Group normalization, ε = 1e-5: each example's channels are normalized in `groups` equal parts over
 * the part's channels and all pixels; with scale and shift per channel, without statistics.
 */
export interface GroupNormLayer extends LayerShapes {
  readonly op: 'group-norm';
  readonly name: string;
  readonly groups: number;
  readonly zeroInit: boolean;
}

/**
 * x · σ(W₂ ReLU(W₁ mean(x) + b₁) + b₂), the mean over all pixels: `name.fc1` from the channels to
 * `reduced`, `name.fc2` back.
 */
export interface SqueezeExcitationLayer extends LayerShapes {
  readonly op: 'squeeze-excitation';
  readonly name: string;
  readonly reduced: number;
}

export interface SigmoidLayer extends LayerShapes {
  readonly op: 'sigmoid';
}

/** Mean of 2 × 2 pixels, stride 2; at an odd edge of those that exist. */
export interface AveragePoolLayer extends LayerShapes {
  readonly op: 'average-pool';
  readonly kernel: 2;
  readonly stride: 2;
}

export interface ReluLayer extends LayerShapes {
  readonly op: 'relu';
}

export interface DropoutLayer extends LayerShapes {
  readonly op: 'dropout';
  readonly name: string;
  readonly rate: number;
}

export interface MaxPoolLayer extends LayerShapes {
  readonly op: 'max-pool';
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

export interface GlobalPoolLayer extends LayerShapes {
  readonly op: 'global-average-pool';
}

export interface LinearLayer extends LayerShapes {
  readonly op: 'linear';
  readonly name: string;
}

export type Layer =
  | ConvLayer
  | TransposedConvLayer
  | NormLayer
  | GroupNormLayer
  | ReluLayer
  | SigmoidLayer
  | SqueezeExcitationLayer
  | DropoutLayer
  | MaxPoolLayer
  | AveragePoolLayer
  | GlobalPoolLayer
  | LinearLayer;

/** What a block's paths may start from: its input, or that input after its `before` layers. */
export type PathStart = 'input' | 'activated';

export type Shortcut =
  | { readonly kind: 'none' }
  | { readonly kind: 'identity' }
  /** Option A: every `stride`-th pixel, then zero channels appended. */
  | { readonly kind: 'pad'; readonly stride: number; readonly extraChannels: number }
  | { readonly kind: 'projection'; readonly from: PathStart; readonly layers: readonly Layer[] };

/** How branch F and shortcut S meet; g is what the layers make of the block's input. */
export type Merge =
  | { readonly kind: 'add' }
  /** branch · F + shortcut · S */
  | { readonly kind: 'scaling'; readonly branch: number; readonly shortcut: number }
  /** g · F + (1 − g) · S */
  | {
      readonly kind: 'exclusive-gating';
      readonly from: PathStart;
      readonly layers: readonly Layer[];
    }
  /** F + (1 − g) · S */
  | {
      readonly kind: 'shortcut-gating';
      readonly from: PathStart;
      readonly layers: readonly Layer[];
    }
  /** F + dropout(S) */
  | { readonly kind: 'dropout'; readonly layer: DropoutLayer };

/**
 * y = after(merge(F, S)) with F = gate · branch(before(x)) and S = shortcut(x); without a shortcut
 * y = after(branch(…)). In an exclusive merge the gate multiplies g instead: closed, the block is its
 * shortcut there too.
 */
export interface BlockPlan {
  /** `layer1.0`: stage from 1, block from 0, as in torchvision. */
  readonly name: string;
  readonly stage: number;
  readonly index: number;
  /** Position in the `gates` vector; blocks are counted through the whole network. */
  readonly gate: number;
  readonly input: MapShape;
  readonly output: MapShape;
  readonly before: readonly Layer[];
  readonly branch: readonly Layer[];
  readonly shortcut: Shortcut;
  readonly merge: Merge;
  /** How often the branch takes part in a training step; evaluation multiplies it by this. */
  readonly survival: number;
  readonly after: readonly Layer[];
}

export interface SequencePlan {
  readonly name: 'stem' | 'head';
  readonly layers: readonly Layer[];
}

/**
 * From a sample of the latent Gaussian to an image. The network before it is the encoder, and its `classes`
 * outputs are the means and then the logarithms of the variances.
 */
export interface DecoderPlan {
  readonly latent: number;
  readonly likelihood: Likelihood;
  /** A linear layer from the sample to all values of the first map, in the order H, W, C. */
  readonly start: LinearLayer;
  /** What that map is, and the layers that it passes first. */
  readonly map: MapShape;
  readonly activation: readonly Layer[];
  readonly blocks: readonly BlockPlan[];
  readonly end: readonly Layer[];
}

/** Units of a decoder besides its blocks. */
export const DECODER_START = 'decoder.start';
export const DECODER_END = 'decoder.end';

export interface NetworkPlan {
  readonly spec: ArchitectureSpec;
  readonly input: MapShape;
  /** Outputs of the last layer: classes, or of an encoder twice the latent numbers. */
  readonly classes: number;
  readonly stem: SequencePlan;
  readonly blocks: readonly BlockPlan[];
  readonly head: SequencePlan;
  /** Of an autoencoder; a classifier has none. */
  readonly decoder?: DecoderPlan;
}

/** Stem, blocks and head, then the decoder's, in depth order: the columns of the block heat map. */
export function unitNames({ stem, blocks, head, decoder }: NetworkPlan): string[] {
  const names = (of: readonly BlockPlan[]): string[] => of.map(({ name }) => name);
  return [
    ...[stem.name, ...names(blocks), head.name],
    ...(decoder ? [DECODER_START, ...names(decoder.blocks), DECODER_END] : []),
  ];
}

/** Every layer with the unit it belongs to, in the order in which weight files list them. */
export function* layersOf(plan: NetworkPlan): Generator<{ unit: string; layer: Layer }> {
  for (const layer of plan.stem.layers) yield { unit: plan.stem.name, layer };
  for (const block of plan.blocks) yield* layersOfBlock(block);
  for (const layer of plan.head.layers) yield { unit: plan.head.name, layer };
  const { decoder } = plan;
  if (!decoder) return;
  for (const layer of [decoder.start, ...decoder.activation]) yield { unit: DECODER_START, layer };
  for (const block of decoder.blocks) yield* layersOfBlock(block);
  for (const layer of decoder.end) yield { unit: DECODER_END, layer };
}

function* layersOfBlock(block: BlockPlan): Generator<{ unit: string; layer: Layer }> {
  const unit = block.name;
  for (const layer of [...block.before, ...block.branch]) yield { unit, layer };
  if (block.shortcut.kind === 'projection') {
    for (const layer of block.shortcut.layers) yield { unit, layer };
  }
  if ('layers' in block.merge) for (const layer of block.merge.layers) yield { unit, layer };
  for (const layer of block.after) yield { unit, layer };
}

/** Convolutions in the order of what is recorded of each. */
export function convolutionNames(plan: NetworkPlan): string[] {
  return [...layersOf(plan)].flatMap(({ layer }) =>
    layer.op === 'conv' || layer.op === 'transposed-conv' ? [layer.name] : [],
  );
}
