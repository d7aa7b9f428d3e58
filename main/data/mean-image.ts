// The mean image of a split: what He et al. (2015) subtract from every image. Summed in whole numbers, so
// that it is the same bits whatever the order or the size of what is read at once.
import type { Split } from './dataset.ts';
import { readRange } from './dataset.ts';
import { createProgressMeter, type Watch } from './progress.ts';

const CHUNK_BYTES = 2 ** 21;

/** [H, W, C], of pixels scaled to [0, 1]. */
export async function meanImageOf(split: Split, watch: Watch = {}): Promise<Float32Array> {
  const { count, rowBytes } = split;
  // Doubles hold every whole number up to 2⁵³: more than 10¹³ images.
  const sums = new Float64Array(rowBytes);
  const rowsPerChunk = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes));
  const chunk = new Uint8Array(Math.min(rowsPerChunk, count) * rowBytes);
  const meter = createProgressMeter('read', count, watch);
  for (let start = 0; start < count; start += rowsPerChunk) {
    const rows = Math.min(rowsPerChunk, count - start);
    await readRange(split, start, rows, chunk.subarray(0, rows * rowBytes));
    for (let row = 0; row < rows; row++) {
      const first = row * rowBytes;
      for (let i = 0; i < rowBytes; i++) sums[i] = (sums[i] ?? 0) + (chunk[first + i] ?? 0);
    }
    await meter.advance(rows);
  }
  meter.finish();
  return Float32Array.from(sums, (sum) => sum / (255 * count));
}
