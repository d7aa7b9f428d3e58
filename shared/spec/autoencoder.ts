// What makes an autoencoder of a residual network (Kingma & Welling 2013, arXiv 1312.6114): the network is the
// encoder, and this says what follows it. Data only. It is also the one place that says which family a network is
// of, and the sentence for those who need the other.
import { z } from 'zod';
import { inputError, type AppError } from '../errors.ts';

/**
 * How pixels in [0, 1] are distributed around what the decoder says:
 * `bernoulli`: it says logits; `gaussian`: it says means, and every pixel has this deviation.
 */
export const Likelihood = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bernoulli') }),
  z.strictObject({
    kind: z.literal('gaussian'),
    deviation: z.number().min(0.001).max(10).default(1),
  }),
]);

/**
 * - `none`: the network is a classifier.
 * - `mirror`: its last layer says a diagonal Gaussian's means and logarithms of variances, and basic blocks with
 *   transposed convolutions lead from a sample of it back to the image, through the encoder's widths in reverse.
 */
export const DecoderSpec = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('mirror'),
    /** Numbers that stand for an image. */
    latent: z.int().min(1).max(65536).default(256),
    /** Blocks of each stage, from the smallest map to the largest; null: as many as the encoder has there. */
    blocks: z.array(z.int().min(1).max(2000)).min(1).max(8).nullable().default(null),
    likelihood: Likelihood.default({ kind: 'bernoulli' }),
  }),
]);

export type DecoderSpec = z.output<typeof DecoderSpec>;
export type MirrorSpec = Extract<DecoderSpec, { kind: 'mirror' }>;
export type Likelihood = z.output<typeof Likelihood>;

export const FAMILIES = ['classifier', 'autoencoder'] as const;
export type Family = (typeof FAMILIES)[number];

interface MayDecode {
  readonly decoder?: DecoderSpec | undefined;
}

export function familyOf({ decoder }: MayDecode): Family {
  return decoder?.kind === 'mirror' ? 'autoencoder' : 'classifier';
}

export function isAutoencoder(network: MayDecode): boolean {
  return familyOf(network) === 'autoencoder';
}

/** @param what what was asked for, as a subject: `A confusion matrix` */
export function needsClassifier(network: string, what: string): AppError {
  return inputError(
    'not-a-classifier',
    `${what} needs a classifier, but ${network} is an autoencoder: it rebuilds images and names no class. \`resnet-lab evaluate\` tells its loss, \`resnet-lab probe pictures\` shows what it rebuilds.`,
    { details: { network } },
  );
}
