// Which numbers of things to try where there is no time for all. Pure.

/** 1 … most, or at most `limit` (at least two) of them spread evenly with both ends; none of none. */
export function spreadCounts(most: number, limit: number): number[] {
  if (most <= limit) return Array.from({ length: most }, (_, i) => i + 1);
  const steps = Math.max(2, limit) - 1;
  const spread = Array.from({ length: steps + 1 }, (_, i) =>
    Math.round(1 + ((most - 1) * i) / steps),
  );
  return [...new Set(spread)];
}
