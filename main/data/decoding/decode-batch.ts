// Decodes a batch of files into one piece of rows, a few at a time: while one is read, others are decoded
// on libuv's threads.
import { isUnreadable, readImageFile, type ImageFile } from '../image-file.ts';
import { decodeImage, type Decoded, type Fitting } from '../image-decoder.ts';
import { mapInOrder } from '../parallel-map.ts';
import type { Batch, Decoded as DecodedBatch } from './decoder-contract.ts';

/** So many files are under way at the same time. */
const MAX_PARALLEL_FILES = 3;

export async function decodeBatch({ files, shape, policy, rules }: Batch): Promise<DecodedBatch> {
  const fitting: Fitting = { shape, policy, rules };
  const rowBytes = shape.height * shape.width * shape.channels;
  const pixels = new Uint8Array(files.length * rowBytes);
  const outcomes = [];
  let filled = 0;
  const decode = (file: ImageFile): Promise<Decoded> => decodeFile(file, fitting);
  for await (const decoded of mapInOrder(files, MAX_PARALLEL_FILES, decode)) {
    if ('reason' in decoded) {
      outcomes.push({ reason: decoded.reason });
      continue;
    }
    const { width, height, notes } = decoded;
    outcomes.push({ width, height, notes });
    pixels.set(decoded.pixels, filled);
    filled += rowBytes;
  }
  return { outcomes, pixels: pixels.subarray(0, filled) };
}

/** @throws only what is wrong with the image library itself */
export async function decodeFile(file: ImageFile, fitting: Fitting): Promise<Decoded> {
  const bytes = readImageFile(file);
  return isUnreadable(bytes) ? bytes : decodeImage(bytes, fitting);
}
