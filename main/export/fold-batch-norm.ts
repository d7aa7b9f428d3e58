// A batch norm behind a convolution is another convolution: y = γ (W x + b − μ) / √(σ² + ε) + β.
import { NORM_EPSILON } from '../zoo/norm-epsilon.ts';

export interface BatchNormValues {
  /** γ, β, μ, σ²: one number a channel. */
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

export interface ConvolutionValues {
  /** [out, in / groups, k, k] */
  readonly kernel: Float32Array;
  /** [out] */
  readonly bias: Float32Array;
}

/** The convolution that does both; computed in double precision, rounded once. */
export function foldBatchNorm(
  kernel: Float32Array,
  bias: Float32Array | undefined,
  { scale, shift, mean, variance }: BatchNormValues,
): ConvolutionValues {
  const outputs = scale.length;
  const perOutput = kernel.length / outputs;
  const factor = (o: number): number =>
    (scale[o] ?? NaN) / Math.sqrt((variance[o] ?? NaN) + NORM_EPSILON);
  return {
    kernel: kernel.map((weight, index) => weight * factor(Math.floor(index / perOutput))),
    bias: shift.map((beta, o) => beta + ((bias?.[o] ?? 0) - (mean[o] ?? NaN)) * factor(o)),
  };
}
