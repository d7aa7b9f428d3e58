// What goes with an exported network, whatever the format: how to make its input of an image, and what its
// outputs mean.
import type { ResizePolicy } from '../../shared/spec/run.ts';
import type { MapShape } from '../zoo/plan.ts';

/** Of pixels scaled to [0, 1]. */
export interface PixelNormalization {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** [H, W, C], subtracted instead of the channels' means. */
  readonly meanImage?: Float32Array | undefined;
}

export interface ModelDescription {
  /** The network's own name. */
  readonly network: string;
  readonly appVersion: string;
  readonly input: MapShape;
  /** In the order of the outputs. */
  readonly classes: readonly string[];
  readonly normalization: PixelNormalization;
  /** How an image of another size becomes one of the network's. */
  readonly resize: ResizePolicy;
  /** The logits are the mean of the image's and of its mirror image's. */
  readonly testTimeFlip: boolean;
  /** Undefined for weights from elsewhere. */
  readonly run: RunOrigin | undefined;
}

export interface RunOrigin {
  readonly id: string;
  /** Steps that the exported weights were trained for. */
  readonly step: number;
  readonly dataFingerprint: string;
}
