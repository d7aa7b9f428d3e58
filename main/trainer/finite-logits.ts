// How many rows of logits say nothing.
import { isFiniteRow } from '../../shared/calibration/logits.ts';

/** @param logits [rows, classes], row-major */
export function rowsNotFinite(logits: Float32Array, classes: number): number {
  let count = 0;
  for (let start = 0; start < logits.length; start += classes) {
    if (!isFiniteRow(logits.subarray(start, start + classes))) count++;
  }
  return count;
}
