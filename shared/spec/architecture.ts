// The description of a residual network, independent of its input size and number of classes.
// Data only: no handles, no code. `main/zoo` turns it into a plan, `main/engine` into a graph.
import { z } from 'zod';

/** A number of channels; the limit only keeps mistyped specs from asking for absurd sizes. */
const channels = z.int().min(1).max(65536);

/**
 * - `cifar`: one 3×3 convolution, stride 1 (He et al. 2015, section 4.2).
 * - `imagenet`: 7×7 convolution, stride 2, then 3×3 max pooling, stride 2 (He et al. 2015, table 1).
 */
export const StemSpec = z.strictObject({
  kind: z.enum(['cifar', 'imagenet']),
  width: channels,
});

/** A run of blocks at one resolution. `stride` is that of its first block. */
export const StageSpec = z.strictObject({
  blocks: z.int().min(1).max(2000),
  width: channels,
  stride: z.int().min(1).max(4).default(1),
});

/**
 * - `basic`: 3×3, 3×3.
 * - `bottleneck`: 1×1, 3×3, 1×1; the 3×3 is `width · baseWidth / 64 · groups` wide, the output
 *   `width · expansion` (torchvision's parametrization of ResNeXt and wide ResNets).
 */
export const BlockSpec = z.strictObject({
  kind: z.enum(['basic', 'bottleneck']),
  /**
   * Where batch norm and ReLU stand (He et al. 2016, arXiv 1603.05027, figure 4):
   * `original` conv-BN-ReLU-conv-BN, ReLU after the addition;
   * `full-preactivation` BN-ReLU-conv-BN-ReLU-conv, nothing after the addition.
   */
  order: z.enum(['original', 'full-preactivation']).default('original'),
  /** Of a bottleneck; a basic block has none. */
  expansion: z.int().min(1).max(64).default(4),
  groups: channels.default(1),
  baseWidth: channels.default(64),
  /** Dropout rate before the block's last convolution (Zagoruyko & Komodakis 2016). */
  dropout: z.number().min(0).max(0.95).default(0),
});

/**
 * How a block's input reaches its output (He et al. 2015, section 4.1):
 * `none` not at all (a plain network, the control); `A` identity, zero-padded channels where the
 * shape changes; `B` identity, 1×1 projection where the shape changes; `C` projections everywhere.
 */
export const ShortcutKind = z.enum(['none', 'A', 'B', 'C']);

export const ArchitectureSpec = z.strictObject({
  format: z.literal(1).default(1),
  /** The registered name this came from, or the user's own; no meaning beyond display. */
  name: z.string().max(80).default('custom'),
  stem: StemSpec,
  stages: z.array(StageSpec).min(1).max(8),
  /** Multiplies every stage's width, not the stem's (the k of WRN-d-k). */
  widthMultiplier: z.number().positive().max(64).default(1),
  block: BlockSpec,
  shortcut: ShortcutKind,
  /** Start each branch's last batch norm at scale 0, so that every block starts as the identity. */
  zeroInitLastScale: z.boolean().default(false),
});

export type ArchitectureSpec = z.output<typeof ArchitectureSpec>;
/** As written in a file: fields with defaults may be missing. */
export type ArchitectureInput = z.input<typeof ArchitectureSpec>;
export type BlockSpec = z.output<typeof BlockSpec>;
export type StageSpec = z.output<typeof StageSpec>;
export type StemSpec = z.output<typeof StemSpec>;
export type ShortcutKind = z.output<typeof ShortcutKind>;

/** What the network is applied to. */
export interface InputShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}
