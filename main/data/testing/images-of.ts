// All rows of a split at once, for tests that compare pixels.
import { readRange, type Split } from '../dataset.ts';

/** [count, height, width, channels] */
export async function imagesOf(split: Split | undefined): Promise<Uint8Array> {
  if (split === undefined) throw new Error('The dataset has no such split.');
  const images = new Uint8Array(split.count * split.rowBytes);
  await readRange(split, 0, split.count, images);
  return images;
}
