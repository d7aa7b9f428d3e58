// A network plan: the spec resolved for one input size and class count into named layers with
// shapes. The parameter count, the layer table, the drawing, the weight file and the engine's
// forward pass all read this one structure. Plain data; nothing here computes or allocates.
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';

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
  /** PyTorch's module name, e.g. `layer1.0.conv1`. Convolutions have no bias. */
  readonly name: string;
  readonly kernel: number;
  readonly stride: number;
  /** Zeros added on each side, as in PyTorch. */
  readonly padding: number;
  readonly groups: number;
}

/** Batch normalization with scale and shift, ε = 1e-5, statistics' momentum 0.1 (PyTorch's). */
export interface NormLayer extends LayerShapes {
  readonly op: 'norm';
  readonly name: string;
  /** Scale starts at 0 instead of 1. */
  readonly zeroInit: boolean;
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
  ConvLayer | NormLayer | ReluLayer | DropoutLayer | MaxPoolLayer | GlobalPoolLayer | LinearLayer;

export type Shortcut =
  | { readonly kind: 'none' }
  | { readonly kind: 'identity' }
  /** Option A: every `stride`-th pixel, then zero channels appended. */
  | { readonly kind: 'pad'; readonly stride: number; readonly extraChannels: number }
  /** `from` is the block's input, or that input after the block's `before` layers. */
  | {
      readonly kind: 'projection';
      readonly from: 'input' | 'activated';
      readonly layers: readonly Layer[];
    };

/** y = after(gate · branch(before(x)) + shortcut(x)); without a shortcut y = after(branch(…)). */
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
  readonly after: readonly Layer[];
}

export interface SequencePlan {
  readonly name: 'stem' | 'head';
  readonly layers: readonly Layer[];
}

export interface NetworkPlan {
  readonly spec: ArchitectureSpec;
  readonly input: MapShape;
  readonly classes: number;
  readonly stem: SequencePlan;
  readonly blocks: readonly BlockPlan[];
  readonly head: SequencePlan;
}

/** Stem, blocks and head in depth order: the columns of the block heat map. */
export function unitNames(plan: NetworkPlan): string[] {
  return [plan.stem.name, ...plan.blocks.map((block) => block.name), plan.head.name];
}

/** Every layer with the unit it belongs to, in the order in which weight files list them. */
export function* layersOf(plan: NetworkPlan): Generator<{ unit: string; layer: Layer }> {
  for (const layer of plan.stem.layers) yield { unit: plan.stem.name, layer };
  for (const block of plan.blocks) {
    const unit = block.name;
    for (const layer of [...block.before, ...block.branch]) yield { unit, layer };
    if (block.shortcut.kind === 'projection') {
      for (const layer of block.shortcut.layers) yield { unit, layer };
    }
    for (const layer of block.after) yield { unit, layer };
  }
  for (const layer of plan.head.layers) yield { unit: plan.head.name, layer };
}
