// Lines of equal value on a grid, by marching squares. Pure.

export type Segment = readonly [x1: number, y1: number, x2: number, y2: number];

/**
 * Segments of the line where the values cross a level. Places are in grid points: x of columns, y of rows.
 * @param values [rows, columns] row-major; cells with a value that is not finite are left out
 */
export function contourSegments(
  values: readonly (number | null)[],
  columns: number,
  level: number,
): Segment[] {
  const rows = Math.floor(values.length / columns);
  const segments: Segment[] = [];
  for (let y = 0; y + 1 < rows; y++) {
    for (let x = 0; x + 1 < columns; x++) {
      const at = (dx: number, dy: number): number =>
        values[(y + dy) * columns + x + dx] ?? Number.NaN;
      const corners = [at(0, 0), at(1, 0), at(1, 1), at(0, 1)];
      if (corners.every(Number.isFinite)) segments.push(...cellSegments(corners, [x, y], level));
    }
  }
  return segments;
}

/** Corners counterclockwise from the lower left, and where they are in the cell. */
const CORNERS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
] as const;

function cellSegments(
  corners: readonly number[],
  [x, y]: readonly [number, number],
  level: number,
): Segment[] {
  const crossings = CORNERS.flatMap(([ax, ay], i) => {
    const [bx, by] = CORNERS[(i + 1) % 4] ?? [0, 0];
    const [a, b] = [corners[i] ?? 0, corners[(i + 1) % 4] ?? 0];
    if (a < level === b < level) return [];
    const share = (level - a) / (b - a);
    return [[x + ax + share * (bx - ax), y + ay + share * (by - ay)] as const];
  });
  const [p, q, r, s] = crossings;
  if (!p || !q) return [];
  const first: Segment = [p[0], p[1], q[0], q[1]];
  // A saddle: the middle says which corners belong together.
  if (!r || !s) return [first];
  const middle = corners.reduce((sum, value) => sum + value, 0) / 4;
  return middle < level === (corners[0] ?? 0) < level
    ? [first, [r[0], r[1], s[0], s[1]]]
    : [
        [s[0], s[1], p[0], p[1]],
        [q[0], q[1], r[0], r[1]],
      ];
}
