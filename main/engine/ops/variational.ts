// The parts of a variational autoencoder's objective (Kingma & Welling 2013, arXiv 1312.6114): samples of a
// diagonal Gaussian, its divergence from the standard normal, and how unlikely images are. All in nats.
import { tf, type Tensor } from '../tensorflow/library.ts';
import { attachGradient } from './gradient.ts';

/**
 * z = μ + σ ε with σ = exp(½ log σ²), so that the sample has a gradient by μ and log σ².
 * mean, logVariance, noise: [N, L] → [N, L]; the noise is standard normal and has no gradient.
 */
export function reparameterized(mean: Tensor, logVariance: Tensor, noise: Tensor): Tensor {
  return tf.add(mean, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), noise));
}

/** KL(N(μ, σ²) ‖ N(0, 1)) = ½ Σ (μ² + σ² − 1 − log σ²) of each example: [N, L] → [N]. */
export function divergenceFromStandardNormal(mean: Tensor, logVariance: Tensor): Tensor {
  const each = tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), tf.add(logVariance, 1));
  return tf.mul(tf.sum(each, 1), 0.5);
}

/**
 * −log p(x) of pixels in [0, 1] under Bernoulli distributions with these logits, summed over each example:
 * Σ max(l, 0) − l x + log(1 + exp(−|l|)). logits, pixels: [N, H, W, C] → [N].
 */
export function bernoulliNegativeLogLikelihood(logits: Tensor, pixels: Tensor): Tensor {
  const folded = tf.log(tf.add(tf.exp(tf.neg(tf.abs(logits))), 1));
  const each = tf.add(tf.sub(tf.relu(logits), tf.mul(logits, pixels)), folded);
  const slope = tf.sub(tf.sigmoid(logits), pixels);
  return attachGradient({
    inputs: [logits],
    output: tf.sum(each, [1, 2, 3]),
    saved: [slope],
    backward: (dy, [kept]) => {
      if (!kept) throw new Error('The Bernoulli likelihood lost its saved tensor.');
      return [tf.mul(tf.reshape(dy, [-1, 1, 1, 1]), kept)];
    },
  });
}

/**
 * −log p(x) under normal distributions with these means and one deviation, summed over each example:
 * Σ ½ ((x − μ) / σ)² + log σ + ½ log 2π. means, pixels: [N, H, W, C] → [N].
 */
export function gaussianNegativeLogLikelihood(
  means: Tensor,
  pixels: Tensor,
  deviation: number,
): Tensor {
  const [, height = 1, width = 1, channels = 1] = means.shape;
  const constant = height * width * channels * (Math.log(deviation) + 0.5 * Math.log(2 * Math.PI));
  const squares = tf.sum(tf.square(tf.sub(means, pixels)), [1, 2, 3]);
  return tf.add(tf.mul(squares, 1 / (2 * deviation ** 2)), constant);
}
