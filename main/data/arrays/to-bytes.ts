// How images whose numbers are no bytes become bytes: it depends on where the numbers lie, so the first ones are
// read. Only for the sentence that refuses the array.
import { extentOf, isEmpty, type Extent } from '../../../shared/figures/extent.ts';
import { formatSignificant } from '../../../shared/format.ts';
import type { TensorDtype } from '../../../shared/safetensors.ts';
import { readFloats } from '../../../shared/tensor-values.ts';
import { startOf } from './byte-streams.ts';
import type { StoredArray } from './stored-array.ts';

/** Numbers of several images, so that a dark first one does not stand for all. */
const LOOKED_AT = 1 << 20;

/** A sentence with a space before it; '' for bytes. @throws what is wrong with the file */
export async function waysToBytes(images: StoredArray): Promise<string> {
  const { dtype } = images;
  if (dtype === 'U8') return '';
  if (dtype === 'utf32' || dtype === 'ascii') return ' These are texts.';
  if (!/^B?F/.test(dtype)) {
    return ' Save it as uint8: x.astype("uint8") where no number is above 255, else scale it first.';
  }
  const extent = await extentOfFirst(images, dtype);
  if (isEmpty(extent)) return ' It has no finite numbers.';
  const { low, high } = extent;
  const seen = ` Its first numbers lie between ${formatSignificant(low)} and ${formatSignificant(high)}:`;
  if (low >= 0 && high <= 1) return `${seen} (255 * x).round().astype("uint8") makes them bytes.`;
  if (low >= -1 && high <= 1) {
    return `${seen} (127.5 * (x + 1)).round().astype("uint8") makes them bytes.`;
  }
  if (low >= 0 && high <= 255) return `${seen} x.round().astype("uint8") makes them bytes.`;
  return `${seen} bring them back to what the images were before they were normalized, from 0 to 255, and save that as uint8.`;
}

async function extentOfFirst(images: StoredArray, dtype: TensorDtype): Promise<Extent> {
  const { elementBytes } = images;
  const bytes = await startOf(images.bytesFrom(0), LOOKED_AT * elementBytes);
  const whole = bytes.subarray(0, bytes.length - (bytes.length % elementBytes));
  return extentOf(readFloats(dtype, Uint8Array.from(whole)));
}
