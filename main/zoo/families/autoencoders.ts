// Residual variational autoencoders for CIFAR: the encoder is that of He et al. 2015, section 4.2, with projections
// where its shape changes; the decoder is its mirror. Depth counts convolutions and linear layers from image to image:
// encoder 1 + 6 n + 1, decoder 1 + 6 m + 1.
import { AutoencoderSpec } from '../../../shared/spec/autoencoder.ts';

/** Depth → blocks of each encoder and decoder stage. */
const BLOCKS: Readonly<Record<number, readonly [number, number]>> = {
  28: [2, 2],
  40: [3, 3],
  70: [6, 5],
  100: [8, 8],
};

export const AUTOENCODER_DEPTHS: readonly number[] = Object.keys(BLOCKS).map(Number);

/** Of a published write-up on CIFAR-10: a diagonal Gaussian of 256. */
const LATENT = 256;

export interface AutoencoderSize {
  readonly width: number;
  readonly latent: number;
}

/** `vae28`, `vae40`, `vae70`, `vae100`. */
export function autoencoderOfDepth(
  depth: number,
  { width, latent }: AutoencoderSize = { width: 16, latent: LATENT },
): AutoencoderSpec {
  const blocks = BLOCKS[depth];
  if (blocks === undefined) {
    throw new Error(
      `There is no autoencoder of depth ${depth}, only ${AUTOENCODER_DEPTHS.join(', ')}.`,
    );
  }
  const [encoder, decoder] = blocks;
  const name = `vae${depth}`;
  return AutoencoderSpec.parse({
    name,
    encoder: {
      name,
      stem: { kind: 'cifar', width },
      stages: [
        { blocks: encoder, width },
        { blocks: encoder, width: 2 * width, stride: 2 },
        { blocks: encoder, width: 4 * width, stride: 2 },
      ],
      block: { kind: 'basic' },
      shortcut: 'B',
    },
    decoderBlocks: [decoder, decoder, decoder],
    latent,
  });
}
