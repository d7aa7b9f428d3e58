// Where the points of a map stand on its canvas, which is nearest to the pointer, and which a lasso encloses. Pure.
import type { Layout } from './embedding.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

const MARGIN = 16;

/** In pixels; one scale for both axes, or distances would lie. */
export function placesOf({ x, y }: Layout, { width, height }: Size): readonly Place[] {
  const [left, right, low, high] = [...rangeOf(x), ...rangeOf(y)] as const;
  const scale = Math.min(
    (width - 2 * MARGIN) / (right - left || 1),
    (height - 2 * MARGIN) / (high - low || 1),
  );
  return Array.from(x, (value, i) => ({
    x: width / 2 + (value - (left + right) / 2) * scale,
    y: height / 2 - ((y[i] ?? 0) - (low + high) / 2) * scale,
  }));
}

function rangeOf(values: Float32Array): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** Index of the nearest of the shown points within `reach` pixels. */
export function nearest(
  places: readonly Place[],
  pointer: Place,
  { reach, isShown }: { readonly reach: number; readonly isShown: (index: number) => boolean },
): number | undefined {
  let found: number | undefined;
  let best = reach * reach;
  places.forEach(({ x, y }, i) => {
    const apart = (x - pointer.x) ** 2 + (y - pointer.y) ** 2;
    if (apart > best || !isShown(i)) return;
    best = apart;
    found = i;
  });
  return found;
}

/** Indices of the points inside a closed line, by the even–odd rule. */
export function enclosed(places: readonly Place[], line: readonly Place[]): number[] {
  return places.flatMap((place, i) => (isInside(place, line) ? [i] : []));
}

function isInside({ x, y }: Place, line: readonly Place[]): boolean {
  let inside = false;
  line.forEach((a, i) => {
    const b = line[(i + 1) % line.length] ?? a;
    if (a.y > y === b.y > y) return;
    if (x < a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)) inside = !inside;
  });
  return inside;
}
