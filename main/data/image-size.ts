// Decides the one shape that all images of a folder are brought to, from their own sizes. Pure.
import { inputError } from '../../shared/errors.ts';
import type { ResizePolicy } from '../../shared/spec/run.ts';
import type { ImageShape } from './dataset.ts';
import { uprightSize, type ImageHeader } from './image-facts.ts';

export const MIN_IMAGE_SIZE = 8;
export const MAX_IMAGE_SIZE = 512;

export interface ShapeOptions {
  /** For pictures of other proportions; left out: `crop`. */
  readonly resize?: ResizePolicy | undefined;
  /** Side of the square that all images are brought to. */
  readonly imageSize?: number | undefined;
  /** 1 makes all grey, 3 makes all colour. */
  readonly channels?: 1 | 3 | undefined;
}

/**
 * The size: as asked; else the images' own when they all have the same (between 8 and 512); else 32×32
 * when the median short side is below 64, else 64×64. Channels: as asked; else 1 when every image is
 * grey, else 3.
 */
export function chooseShape(images: readonly ImageHeader[], options: ShapeOptions): ImageShape {
  const channels = options.channels ?? (images.every((image) => image.grey) ? 1 : 3);
  const { imageSize } = options;
  if (imageSize !== undefined) {
    requireImageSize(imageSize);
    return { height: imageSize, width: imageSize, channels };
  }
  const sizes = images.map(uprightSize);
  const [first] = sizes;
  if (
    first !== undefined &&
    Math.min(first.width, first.height) >= MIN_IMAGE_SIZE &&
    Math.max(first.width, first.height) <= MAX_IMAGE_SIZE &&
    sizes.every(({ width, height }) => width === first.width && height === first.height)
  ) {
    return { height: first.height, width: first.width, channels };
  }
  const shortSides = sizes.map(({ width, height }) => Math.min(width, height));
  shortSides.sort((a, b) => a - b);
  const side = (shortSides[shortSides.length >> 1] ?? 0) < 64 ? 32 : 64;
  return { height: side, width: side, channels };
}

function requireImageSize(size: number): void {
  if (Number.isInteger(size) && size >= MIN_IMAGE_SIZE && size <= MAX_IMAGE_SIZE) return;
  throw inputError(
    'bad-image-size',
    `The image size is ${size}; it must be a whole number from ${MIN_IMAGE_SIZE} to ${MAX_IMAGE_SIZE}.`,
    { path: 'imageSize', details: { given: size } },
  );
}
