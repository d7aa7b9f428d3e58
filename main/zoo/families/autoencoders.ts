// Residual variational autoencoders for CIFAR-10, after a published write-up: a diagonal Gaussian of 256, depths 28,
// 40, 70 and 100. The encoder is that of He et al. 2015, section 4.2, with projections where its shape changes; the
// decoder is its mirror. Depth counts convolutions and linear layers from image to image: encoder 1 + 6 n + 1,
// decoder 1 + 6 m + 1.
import { cifarInput, type ArchitectureEntry } from '../architecture.ts';

/** Depth → blocks of each encoder and decoder stage. */
const BLOCKS: readonly (readonly [depth: number, encoder: number, decoder: number])[] = [
  [28, 2, 2],
  [40, 3, 3],
  [70, 6, 5],
  [100, 8, 8],
];

export const residualAutoencoders: readonly ArchitectureEntry[] = BLOCKS.map(
  ([depth, encoder, decoder]) => ({
    name: `vae${depth}`,
    title: `ResNet-VAE-${depth}`,
    family: 'autoencoder',
    citation: {
      paper: 'Kingma, Welling: Auto-Encoding Variational Bayes (2013)',
      arxiv: '1312.6114',
      where: 'with residual encoder and decoder (He et al. 2015, section 4.2)',
    },
    input: cifarInput,
    classes: 10,
    spec: {
      stem: { kind: 'cifar', width: 16 },
      stages: [
        { blocks: encoder, width: 16 },
        { blocks: encoder, width: 32, stride: 2 },
        { blocks: encoder, width: 64, stride: 2 },
      ],
      block: { kind: 'basic' },
      shortcut: 'B',
      decoder: {
        kind: 'mirror',
        latent: 256,
        ...(decoder === encoder ? {} : { blocks: [decoder, decoder, decoder] }),
      },
    },
  }),
);
