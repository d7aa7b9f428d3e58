// Kendall's rank correlation of an order with the original one. Pure.

/** τ of a permutation of 0 … n − 1: 1 where nothing moved, −1 in reverse. */
export function kendallTau(order: readonly number[]): number {
  const n = order.length;
  if (n < 2) return 1;
  let agreeing = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) agreeing += Math.sign((order[j] ?? 0) - (order[i] ?? 0));
  }
  return agreeing / ((n * (n - 1)) / 2);
}
