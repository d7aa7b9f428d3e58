// Smallest and largest of something. Pure.

/** `low > high` says that there was nothing. */
export interface Extent {
  readonly low: number;
  readonly high: number;
}

export const EMPTY_EXTENT: Extent = { low: Infinity, high: -Infinity };

export function union(a: Extent, b: Extent): Extent {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

export function isEmpty(extent: Extent): boolean {
  return !(extent.low <= extent.high);
}

/** Of the finite values. */
export function extentOf(values: Iterable<number>): Extent {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}
