// Which points nobody beats in both directions: the Pareto front of cost against quality. Pure.

export interface CostPoint {
  readonly x: number;
  readonly y: number;
}

/**
 * Indices of the points on the front, by rising x. Less x is better, more y if `better` is 1, else less.
 * Of equal points the first is on it.
 */
export function paretoFront(points: readonly CostPoint[], better: 1 | -1): number[] {
  const order = points
    .map((_, i) => i)
    .filter((i) => Number.isFinite(points[i]?.x) && Number.isFinite(points[i]?.y))
    .sort((i, j) => {
      const [a, b] = [points[i], points[j]];
      if (!a || !b) return 0;
      return a.x - b.x || (b.y - a.y) * better || i - j;
    });
  const front: number[] = [];
  let best = Number.NEGATIVE_INFINITY;
  for (const i of order) {
    const quality = (points[i]?.y ?? 0) * better;
    if (quality <= best) continue;
    best = quality;
    front.push(i);
  }
  return front;
}
