// The description of a variational autoencoder (Kingma & Welling 2013, arXiv 1312.6114) whose encoder is a
// residual network and whose decoder is one with transposed convolutions. Data only.
import { z } from 'zod';
import { ArchitectureSpec } from './architecture.ts';

/**
 * How pixels in [0, 1] are distributed around what the decoder says:
 * `bernoulli`: it says logits; `gaussian`: it says means, and every pixel has this deviation.
 */
export const Likelihood = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bernoulli') }),
  z.strictObject({
    kind: z.literal('gaussian'),
    deviation: z.number().positive().max(10).default(1),
  }),
]);

export const AutoencoderSpec = z.strictObject({
  format: z.literal(1).default(1),
  family: z.literal('autoencoder').default('autoencoder'),
  name: z.string().max(80).default('custom'),
  /** Its last layer says the latent Gaussian's means and the logarithms of its variances. */
  encoder: ArchitectureSpec,
  /** Blocks of each decoder stage, from the smallest map to the largest; widths are the encoder's, reversed. */
  decoderBlocks: z.array(z.int().min(1).max(2000)).min(1).max(8),
  /** Numbers that stand for an image. */
  latent: z.int().min(1).max(65536),
  likelihood: Likelihood.default({ kind: 'bernoulli' }),
});

export type AutoencoderSpec = z.output<typeof AutoencoderSpec>;
export type AutoencoderInput = z.input<typeof AutoencoderSpec>;
export type Likelihood = z.output<typeof Likelihood>;
