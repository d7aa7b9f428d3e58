// Where a place lies among rising ones, found by halving. Pure.

/** Index of the first x that is at least `value`; the length where there is none. */
export function indexAt(x: Float64Array, value: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((x[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
