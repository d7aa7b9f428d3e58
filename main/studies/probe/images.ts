// Choosing and batching the images that a probe looks at.
import { createRng, shuffle } from '../../../shared/rng.ts';
import type { ProbeImages } from './context.ts';

/** Images of one call at most; small enough that a map of a large network fits. */
export const PROBE_BATCH = 128;

export interface ImageBatch {
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  /** [N]: 1 for examples that count, 0 for those that fill the batch up. */
  readonly valid: Float32Array;
  readonly validCount: number;
}

/** All rows, or so many of them, drawn once for all runs on the same data; in rising order. */
export function chosenRows(images: ProbeImages, most: number | undefined): Int32Array {
  const all = Int32Array.from({ length: images.count }, (_, row) => row);
  if (most === undefined || most >= images.count) return all;
  return shuffle(all, createRng('probe-images', images.count)).slice(0, most).sort();
}

/** A last, short batch is filled up with its first row. */
export async function batchOf(
  source: ProbeImages,
  rows: Int32Array,
  size: number,
): Promise<ImageBatch> {
  const filled = Int32Array.from({ length: size }, (_, i) => rows[i] ?? rows[0] ?? 0);
  return {
    images: await source.read(filled),
    labels: filled.map((row) => source.labels[row] ?? 0),
    valid: new Float32Array(size).fill(1, 0, rows.length),
    validCount: rows.length,
  };
}

/** The batches of some rows, in memory: a probe goes over them again and again. */
export async function batchesOf(
  source: ProbeImages,
  rows: Int32Array,
  size: number,
): Promise<ImageBatch[]> {
  const batches: ImageBatch[] = [];
  for (let start = 0; start < rows.length; start += size) {
    batches.push(await batchOf(source, rows.subarray(start, start + size), size));
  }
  return batches;
}
