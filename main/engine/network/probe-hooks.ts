// What a probe of a network asks of a forward pass besides the logits: parts left out, gradients that take
// chosen paths only, intermediate values. A pass without hooks is untouched by all of it.
import type { Tensor } from '../tensorflow/library.ts';

/** A value inside the network that a probe may look at. */
export type TapPlace =
  /** A convolution's response [N, H, W, C], after the batch norm that follows it, if one does. */
  | { readonly kind: 'response'; readonly convolution: string }
  /** What a block's branch and its shortcut bring to where they meet, [N, H, W, C]. */
  | { readonly kind: 'branch' | 'shortcut'; readonly block: string }
  /** A learned gate g of a block, [N, H, W, C], from 0 to 1. */
  | { readonly kind: 'gate'; readonly block: string }
  /** The output of the stem or of a block, [N, H, W, C]. */
  | { readonly kind: 'output'; readonly unit: string }
  /** The input of the last, linear layer, [N, C]. */
  | { readonly kind: 'features' };

/**
 * - `running`: by the running statistics, as in evaluation; has a gradient.
 * - `batch`: by the batch's own statistics, as in training.
 * - `none`: normalization is left out, with its scale and shift.
 */
export type ProbedNorm = 'running' | 'batch' | 'none';

export interface ProbeHooks {
  readonly norm: ProbedNorm;
  /** Multiplies each block's shortcut, [G]; undefined: all 1. */
  readonly shortcutGates?: Tensor;
  /**
   * A plain block has no shortcut that a closed gate could leave. With this its gate g gives
   * y = g · block(x) + (1 − g) · x, where x is strided and zero-padded to the block's output (option A).
   */
  readonly bypassesPlain?: boolean;
  /**
   * [N, G]: in the backward pass of example n the gradient goes only through the branch of block g where
   * this is 1, only through its shortcut where it is 0. The forward pass is the whole network's.
   */
  readonly paths?: Tensor;
  readonly tap?: (place: TapPlace, value: Tensor) => void;
  /** ‖dL/dx‖ is asked for at the input of each block and of the head, during the backward pass. */
  readonly inputGradient?: (unit: string, dy: Tensor) => void;
  /** With `norm: 'batch'`: the batch's mean and unbiased variance of each channel. */
  readonly statistics?: (norm: string, batch: { mean: Tensor; variance: Tensor }) => void;
}
