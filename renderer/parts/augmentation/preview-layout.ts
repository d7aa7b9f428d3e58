// How many images a preview shows, how often, and how large. Pure.
import type { ImageShape } from '../../../shared/contract/app/common.ts';
import type { z } from 'zod';

/** An answer is no larger than that, so that it comes at once. */
const ANSWER_BYTES = 4_800_000;
const SIZES = [
  { images: 8, rounds: 7 },
  { images: 6, rounds: 6 },
  { images: 5, rounds: 5 },
  { images: 4, rounds: 4 },
  { images: 3, rounds: 3 },
] as const;

export interface PreviewSize {
  /** Rows, one batch. */
  readonly images: number;
  /** Columns beside the original. */
  readonly rounds: number;
}

export function previewSize({ height, width, channels }: z.output<typeof ImageShape>): PreviewSize {
  const bytes = height * width * channels;
  const fits = SIZES.find(({ images, rounds }) => images * (1 + rounds) * bytes <= ANSWER_BYTES);
  return fits ?? { images: 2, rounds: 2 };
}

export const GAP = 4;
/** Between the originals and what becomes of them. */
export const MARGIN = 20;

/** All rows together are no higher, so that they are seen at once. */
const HEIGHT = 640;
const SMALLEST_SIDE = 16;

/** The side of a tile, in CSS pixels: a row fills the width, unless the rows get too high. */
export function tileSide(width: number, { images, rounds }: PreviewSize): number {
  const wide = Math.floor((width - MARGIN - GAP * (rounds - 1)) / (rounds + 1));
  const high = Math.floor(HEIGHT / images) - GAP;
  return Math.max(SMALLEST_SIDE, Math.min(wide, high));
}

/** Left edge of a column: 0 is the originals. */
export function columnX(column: number, side: number): number {
  return column === 0 ? 0 : side + MARGIN + (column - 1) * (side + GAP);
}
