// Where a place lies among rising ones, found by halving. Pure.

/** Index of the first of rising numbers that is at least `value`; the length where there is none. */
export function indexAt(rising: Float64Array | Int32Array, value: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rising[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
