// How training images are varied. `composed` puts together what the papers use; a part that is 0 (or
// `none`) is left out. All of it happens inside the training step, from the run's seed.
import { z } from 'zod';

const strength = z.number().min(0).max(1).default(0);

export const ComposedAugmentation = z.strictObject({
  kind: z.literal('composed'),
  /** Pad and crop at random (He et al. 2015), or random resized crop (Szegedy et al. 2015). */
  crop: z.enum(['none', 'pad', 'resized']).default('pad'),
  /** Pixels around the image, for `pad`. */
  pad: z.int().min(0).max(64).default(4),
  /** Smallest share of the image's area, for `resized`; 0.08 is ImageNet's. */
  minArea: z.number().min(0.01).max(1).default(0.25),
  /** The crop's proportions lie between this and its inverse, for `resized`. */
  minAspect: z.number().min(0.2).max(1).default(0.75),
  flip: z.boolean().default(true),
  /** Colour jitter: factors from 1 − b to 1 + b. */
  brightness: strength,
  contrast: strength,
  saturation: strength,
  /** Largest turn of the hue, as a share of half a circle. */
  hue: strength,
  /** RandAugment (arXiv 1909.13719): so many operations of its common subset, one after the other. */
  randomOperations: z.int().min(0).max(4).default(0),
  /** Of 10, the scale of the RandAugment paper's tables. */
  randomMagnitude: z.number().min(0).max(10).default(5),
  /** Side of the square that is blanked, in pixels (DeVries & Taylor, arXiv 1708.04552: 16 of 32). */
  cutout: z.int().min(0).max(512).default(0),
  /** α of the Beta distribution that images are blended with (arXiv 1710.09412: 0.2 … 1). */
  mixup: z.number().min(0).max(8).default(0),
  /** α for pasting a rectangle of another image (arXiv 1905.04899: 1); with mixup, each takes half. */
  cutmix: z.number().min(0).max(8).default(0),
});

export const AugmentationSpec = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('pad-crop-flip'),
    pad: z.int().min(0).max(64).default(4),
    flip: z.boolean().default(true),
  }),
  ComposedAugmentation,
]);

export type ComposedAugmentation = z.output<typeof ComposedAugmentation>;
export type AugmentationSpec = z.output<typeof AugmentationSpec>;

/** Augmentations that have a name on the command line. */
export const NAMED_AUGMENTATIONS: Readonly<Record<string, AugmentationSpec>> = {
  none: { kind: 'none' },
  'pad-crop-flip': { kind: 'pad-crop-flip', pad: 4, flip: true },
  standard: { kind: 'pad-crop-flip', pad: 4, flip: true },
  cutout: composed({ cutout: 16 }),
  'resized-crop': composed({ crop: 'resized' }),
  jitter: composed({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 }),
  randaugment: composed({ randomOperations: 2 }),
  mixup: composed({ mixup: 0.2 }),
  cutmix: composed({ cutmix: 1 }),
  strong: composed({ randomOperations: 2, cutout: 8, mixup: 0.2, cutmix: 1 }),
};

function composed(parts: Omit<z.input<typeof ComposedAugmentation>, 'kind'>): AugmentationSpec {
  return ComposedAugmentation.parse({ kind: 'composed', ...parts });
}
