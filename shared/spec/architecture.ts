// The description of a residual network, independent of its input size and number of classes.
// Data only: no handles, no code. `main/zoo` turns it into a plan, `main/engine` into a graph.
//
// Fields that came after the first release are optional and left out of the canonical form where they
// say what was always so; a spec written before them reads, compares and prints as it did.
import { z } from 'zod';
import { DecoderSpec } from './autoencoder.ts';

/** A number of channels; the limit only keeps mistyped specs from asking for absurd sizes. */
const channels = z.int().min(1).max(65536);

/**
 * - `cifar`: one 3×3 convolution, stride 1 (He et al. 2015, section 4.2).
 * - `imagenet`: 7×7 convolution, stride 2, then 3×3 max pooling, stride 2 (He et al. 2015, table 1).
 * - `imagenet-d`: three 3×3 convolutions in place of the 7×7, the first two half as wide (ResNet-D's;
 *   He, T. et al. 2018, arXiv 1812.01187, figure 2c).
 */
export const StemSpec = z.strictObject({
  kind: z.enum(['cifar', 'imagenet', 'imagenet-d']),
  width: channels,
});

/** A run of blocks at one resolution. `stride` is that of its first block. */
export const StageSpec = z
  .strictObject({
    blocks: z.int().min(1).max(2000),
    width: channels,
    stride: z.int().min(1).max(4).default(1),
    /**
     * Distance between the pixels that a 3×3 convolution reads. The stage's first (strided)
     * convolution keeps the dilation of the stage before, so that a stage whose stride is traded
     * for dilation computes the same values, more densely (Wu et al. 2016, arXiv 1611.10080).
     */
    dilation: z.int().min(1).max(32).meta({ default: 1 }).optional(),
    /**
     * The widths of the branch's convolutions, where they are not the block's: two are 3×3, 3×3;
     * three are 1×1, 3×3, 1×1. The last is the stage's width.
     */
    widths: z.array(channels).min(2).max(3).nullable().meta({ default: null }).optional(),
  })
  .overwrite((stage) => without(stage, { dilation: 1, widths: null }));

/**
 * - `basic`: 3×3, 3×3.
 * - `bottleneck`: 1×1, 3×3, 1×1; the 3×3 is `width · baseWidth / 64 · groups` wide, the output
 *   `width · expansion` (torchvision's parametrization of ResNeXt and wide ResNets).
 * - `single`: one 3×3 (the layer of a highway network).
 */
export const BlockSpec = z
  .strictObject({
    kind: z.enum(['basic', 'bottleneck', 'single']),
    /**
     * Where normalization and ReLU stand (He et al. 2016, arXiv 1603.05027, figure 4):
     * (a) `original` conv-BN-ReLU-conv-BN, ReLU after the addition;
     * (b) `bn-after-addition` conv-BN-ReLU-conv, BN-ReLU after the addition;
     * (c) `relu-before-addition` conv-BN-ReLU-conv-BN-ReLU, nothing after the addition;
     * (d) `relu-only-preactivation` ReLU-conv-BN-ReLU-conv-BN, nothing after the addition;
     * (e) `full-preactivation` BN-ReLU-conv-BN-ReLU-conv, nothing after the addition.
     */
    order: z
      .enum([
        'original',
        'bn-after-addition',
        'relu-before-addition',
        'relu-only-preactivation',
        'full-preactivation',
      ])
      .default('original'),
    /** Of a bottleneck; other blocks have none. */
    expansion: z.int().min(1).max(64).default(4),
    groups: channels.default(1),
    baseWidth: channels.default(64),
    /** Dropout rate before the block's last convolution (Zagoruyko & Komodakis 2016). */
    dropout: z.number().min(0).max(0.95).default(0),
    /**
     * Squeeze-and-excitation at the branch's end (Hu et al. 2017, arXiv 1709.01507): the branch's
     * channels over this number is the width of its bottleneck, rounded to a multiple of 8 (timm).
     */
    squeezeExcitation: z.int().min(1).max(1024).nullable().meta({ default: null }).optional(),
  })
  .overwrite((block) => without(block, { squeezeExcitation: null }));

/**
 * How a block's input reaches its output (He et al. 2015, section 4.1):
 * `none` not at all (a plain network, the control); `A` identity, zero-padded channels where the
 * shape changes; `B` identity, 1×1 projection where the shape changes; `C` projections everywhere;
 * `D` as B, but averages 2×2 pixels before it projects instead of skipping them (ResNet-D's).
 */
export const ShortcutKind = z.enum(['none', 'A', 'B', 'C', 'D']);

const gateBias = z.number().min(-20).max(20);

/**
 * How branch F and shortcut x meet (He et al. 2016, arXiv 1603.05027, table 1; its sixth row, the 1×1
 * convolution, is shortcut C). g(x) = σ(W x + b) is a learned gate, one value per pixel and channel.
 * - `add`: F + x.
 * - `scaling`: `branch` · F + `shortcut` · x.
 * - `exclusive-gating`: g · F + (1 − g) · x, W a 1×1 convolution.
 * - `shortcut-gating`: F + (1 − g) · x.
 * - `highway`: exclusive gating with W a 3×3 convolution, as wide a view as the layer's own
 *   (Srivastava et al. 2015, arXiv 1505.00387).
 * - `dropout`: F + dropout(x).
 */
export const MergeSpec = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('add') }),
  z.strictObject({
    kind: z.literal('scaling'),
    branch: z.number().min(0).max(4).default(0.5),
    shortcut: z.number().min(0).max(4).default(0.5),
  }),
  z.strictObject({ kind: z.literal('exclusive-gating'), bias: gateBias.default(-6) }),
  z.strictObject({ kind: z.literal('shortcut-gating'), bias: gateBias.default(-6) }),
  z.strictObject({ kind: z.literal('highway'), bias: gateBias.default(-2) }),
  z.strictObject({ kind: z.literal('dropout'), rate: z.number().gt(0).max(0.95).default(0.5) }),
]);

/**
 * Which blocks' branches take part in a training step; evaluation uses all, each multiplied by how
 * often it took part.
 * - `all`: every block, always.
 * - `stochastic-depth` (Huang et al. 2016, arXiv 1603.09382): block l of L with probability
 *   p = `survival` (`uniform`), or p = 1 − l / L · (1 − `survival`) (`linear`).
 * - `exactly`: a random choice of exactly `blocks` blocks per step, so that no path is longer
 *   (Veit et al. 2016, arXiv 1605.06431, section 4.3: 23 of 54).
 */
export const SamplingSpec = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({
    kind: z.literal('stochastic-depth'),
    rule: z.enum(['linear', 'uniform']).default('linear'),
    survival: z.number().gt(0).max(1).default(0.5),
  }),
  z.strictObject({ kind: z.literal('exactly'), blocks: z.int().min(1).max(16000) }),
]);

export const ArchitectureSpec = z
  .strictObject({
    format: z.literal(1).default(1),
    /** The registered name this came from, or the user's own; no meaning beyond display. */
    name: z.string().max(80).default('custom'),
    stem: StemSpec,
    stages: z.array(StageSpec).min(1).max(8),
    /** Multiplies every stage's width, not the stem's (the k of WRN-d-k). */
    widthMultiplier: z.number().positive().max(64).default(1),
    block: BlockSpec,
    shortcut: ShortcutKind,
    merge: MergeSpec.meta({ default: { kind: 'add' } }).optional(),
    sampling: SamplingSpec.meta({ default: { kind: 'all' } }).optional(),
    /**
     * Group normalization in this many groups instead of batch normalization (Wu & He 2018, arXiv
     * 1803.08494): independent of the batch, so it suits batches of a few images.
     */
    groupNorm: channels.nullable().meta({ default: null }).optional(),
    /** Start each branch's last normalization at scale 0, so that every block starts as the identity. */
    zeroInitLastScale: z.boolean().default(false),
    /** What makes an autoencoder of the network: left out, it is a classifier. */
    decoder: DecoderSpec.meta({ default: { kind: 'none' } }).optional(),
  })
  .overwrite((spec) => {
    const named = without(spec, { groupNorm: null });
    if (named.merge?.kind === 'add') delete named.merge;
    if (named.sampling?.kind === 'all') delete named.sampling;
    if (named.decoder?.kind === 'none') delete named.decoder;
    return named;
  });

export type ArchitectureSpec = z.output<typeof ArchitectureSpec>;
/** As written in a file: fields with defaults may be missing. */
export type ArchitectureInput = z.input<typeof ArchitectureSpec>;
export type BlockSpec = z.output<typeof BlockSpec>;
export type StageSpec = z.output<typeof StageSpec>;
export type StemSpec = z.output<typeof StemSpec>;
export type ShortcutKind = z.output<typeof ShortcutKind>;
export type MergeSpec = z.output<typeof MergeSpec>;
export type SamplingSpec = z.output<typeof SamplingSpec>;

/** What the network is applied to. */
export interface InputShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A copy without the optional fields that have their default. */
function without<T extends object>(value: T, defaults: Partial<T>): T {
  const entries = Object.entries(value).filter(
    ([key, given]) =>
      !(key in defaults) || (given !== undefined && given !== defaults[key as keyof T]),
  );
  return Object.fromEntries(entries) as T;
}
