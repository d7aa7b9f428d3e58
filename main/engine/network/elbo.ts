// What a variational autoencoder is trained by: the negative evidence lower bound, in its two terms. Encoder and
// decoder are the plan's; the sample between them is drawn inside the graph from a fed seed.
import type { NetworkPlan } from '../../zoo/plan.ts';
import type { Likelihood } from '../../../shared/spec/autoencoder.ts';
import { declareConstant } from '../recording/recorder.ts';
import type { Normalization } from '../ops/input.ts';
import { normal } from '../ops/random.ts';
import {
  bernoulliNegativeLogLikelihood,
  divergenceFromStandardNormal,
  gaussianNegativeLogLikelihood,
  reparameterized,
} from '../ops/variational.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { decode, forward, type Forward } from './forward.ts';

export interface NegativeElbo {
  /** −log p(x | z) of each example in nats, [N]. */
  readonly reconstruction: Tensor;
  /** KL(q(z | x) ‖ N(0, 1)) of each example in nats, [N]. */
  readonly divergence: Tensor;
}

/** x [N, H, W, C] normalized, pixels the same in [0, 1], noise: a seed [2] int32 of one sample for each example. */
export function negativeElbo(
  plan: NetworkPlan,
  given: { readonly x: Tensor; readonly pixels: Tensor; readonly noise: Tensor },
  pass: Forward,
): NegativeElbo {
  const { decoder } = plan;
  if (!decoder) throw new Error(`${plan.spec.name} has no decoder.`);
  const [mean, logVariance] = tf.split(forward(plan, given.x, pass), 2, 1);
  if (!mean || !logVariance) throw new Error('The encoder gave no latent Gaussian.');
  const [count = 1] = mean.shape;
  const z = reparameterized(mean, logVariance, normal([count, decoder.latent], given.noise));
  const decoded = decode(decoder, z, pass);
  return {
    reconstruction: negativeLogLikelihood(decoder.likelihood, decoded, given.pixels),
    divergence: divergenceFromStandardNormal(mean, logVariance),
  };
}

function negativeLogLikelihood(likelihood: Likelihood, decoded: Tensor, pixels: Tensor): Tensor {
  switch (likelihood.kind) {
    case 'bernoulli':
      return bernoulliNegativeLogLikelihood(decoded, pixels);
    case 'gaussian':
      return gaussianNegativeLogLikelihood(decoded, pixels, likelihood.deviation);
  }
}

/** Pixels in [0, 1] of normalized ones, [N, H, W, C]; what was padded has the channels' means. */
export function pixelsOf(x: Tensor, { mean, deviation, meanImage }: Normalization): Tensor {
  if (meanImage !== undefined) {
    throw new Error('An autoencoder takes channel means, not a mean image.');
  }
  const vector = (values: readonly number[]): Tensor =>
    tf.tensor1d(declareConstant(new Float32Array(values)), 'float32');
  return tf.add(tf.mul(x, vector(deviation)), vector(mean));
}
