// A finding's matrix as a surface in perspective: height and colour are the value, on the scale of its bar.
// Pure. Seen from the corner of the first row and first column's end, from above.
import type { MatrixFigure } from '../contract/findings.ts';
import { formatNorm } from '../format.ts';
import { toCss, viridis } from './colour-maps.ts';
import { colourBar, scaleOf, shareOf, ticksOf, type Scale } from './matrix-scale.ts';
import { element, picture, place, text, tip } from './svg.ts';

const WIDTH = 460;
const HEIGHT = 380;
const BAR = 96;
const BAR_TOP = 12;
/** Radians that the ground is turned by, and that the eye looks down by. */
const TURN = -0.62;
const TILT = 0.52;
/** Of the eye from the middle, where the ground is 2 wide; less is a stronger perspective. */
const DISTANCE = 5.2;
const ZOOM = 720;
const TALL = 1.15;
/** Finer grids are drawn by every second, third … point: more quadrilaterals than pixels help nobody. */
const MOST_POINTS = 61;

/** Screen coordinates, and the distance from the eye. */
type Seen = readonly [x: number, y: number, depth: number];

/** x and y in −1 … 1, z in 0 … 1. */
function project(x: number, y: number, z: number): Seen {
  const across = x * Math.cos(TURN) - y * Math.sin(TURN);
  const away = x * Math.sin(TURN) + y * Math.cos(TURN);
  const up = (z - 0.4) * TALL;
  const depth = DISTANCE + away * Math.cos(TILT) - up * Math.sin(TILT);
  const raised = up * Math.cos(TILT) + away * Math.sin(TILT);
  return [WIDTH / 2 + (ZOOM * across) / depth, HEIGHT / 2 - (ZOOM * raised) / depth, depth];
}

export function drawSurface(figure: MatrixFigure): string {
  const scale = scaleOf(figure);
  return picture(
    { width: WIDTH + BAR, height: HEIGHT },
    figure.title,
    ground(figure),
    heights(figure, scale),
    ...quads(figure, scale),
    names(figure),
    colourBar(figure, { x: WIDTH + 8, top: BAR_TOP, width: BAR, height: HEIGHT - 60, scale }),
  );
}

/** Places of the drawn points along an axis with so many: the first, the last and the middle are among them. */
export function drawnPlaces(count: number): number[] {
  const half = (count - 1) / 2;
  const step = Math.max(1, Math.ceil(count / MOST_POINTS));
  const places: number[] = [0, count - 1];
  for (let away = 0; away <= half; away += step) {
    places.push(Math.floor(half) - away, Math.ceil(half) + away);
  }
  return [...new Set(places.filter((at) => at >= 0 && at < count))].sort((a, b) => a - b);
}

function quads({ values, columns, rows, valueTitle }: MatrixFigure, scale: Scale): string[] {
  const [across, along] = [drawnPlaces(columns.length), drawnPlaces(rows.length)];
  const valueAt = (row: number, column: number): number | null => {
    const value = values[row * columns.length + column] ?? null;
    return value === null || !Number.isFinite(value) || (scale.isLog && value <= 0) ? null : value;
  };
  const centred = (at: number, count: number): number => (2 * at) / Math.max(1, count - 1) - 1;
  const drawn: { depth: number; svg: string }[] = [];
  for (let r = 0; r + 1 < along.length; r++) {
    for (let c = 0; c + 1 < across.length; c++) {
      const corners = [
        [r, c],
        [r, c + 1],
        [r + 1, c + 1],
        [r + 1, c],
      ].map(([i = 0, j = 0]) => ({ row: along[i] ?? 0, column: across[j] ?? 0 }));
      const known = corners.flatMap(({ row, column }) => valueAt(row, column) ?? []);
      // Where the loss is not finite the surface has a hole.
      if (known.length < 4) continue;
      const shares = known.map((value) => shareOf(value, scale));
      const seen = corners.map(({ row, column }, i) =>
        project(centred(column, columns.length), centred(row, rows.length), shares[i] ?? 0),
      );
      const mean = shares.reduce((sum, share) => sum + share, 0) / 4;
      const fill = toCss(viridis(mean));
      drawn.push({
        depth: seen.reduce((sum, [, , depth]) => sum + depth, 0) / 4,
        svg: element(
          'path',
          {
            d: `M${seen.map(([x, y]) => `${place(x)} ${place(y)}`).join('L')}Z`,
            ...{ fill, stroke: 'black', 'stroke-opacity': '0.35', 'stroke-width': '0.6' },
            'stroke-linejoin': 'round',
          },
          tip(
            `${columns[corners[0]?.column ?? 0] ?? ''}, ${rows[corners[0]?.row ?? 0] ?? ''}: ${valueTitle} ${formatNorm(known[0] ?? 0)}`,
          ),
        ),
      });
    }
  }
  // The farthest first, so that what is nearer covers it.
  return drawn.sort((a, b) => b.depth - a.depth).map(({ svg }) => svg);
}

const AXIS = { stroke: 'var(--text-3)', 'stroke-width': '1', fill: 'none' };

function line(points: readonly Seen[]): string {
  return element('path', {
    d: `M${points.map(([x, y]) => `${place(x)} ${place(y)}`).join('L')}`,
    ...AXIS,
  });
}

function ground({ columns, rows }: MatrixFigure): string {
  const frame = line([
    project(-1, -1, 0),
    project(1, -1, 0),
    project(1, 1, 0),
    project(-1, 1, 0),
    project(-1, -1, 0),
  ]);
  const small = { 'font-size': 11, fill: 'var(--text-3)' };
  const ends = (list: readonly string[], at: (share: number) => Seen, anchor: string): string[] =>
    [0, Math.floor((list.length - 1) / 2), list.length - 1].map((index) => {
      const [x, y] = at((2 * index) / Math.max(1, list.length - 1) - 1);
      return text(list[index] ?? '', { x, y: y + 4, 'text-anchor': anchor, ...small });
    });
  return [
    frame,
    ...ends(columns, (x) => project(x, -1.16, 0), 'middle'),
    ...ends(rows, (y) => project(1.12, y, 0), 'start'),
  ].join('');
}

/** The axis of values, at the left corner. */
function heights(figure: MatrixFigure, scale: Scale): string {
  const marks = ticksOf(scale, 5).map(([value, label]) => {
    const [x, y] = project(-1, -1, shareOf(value, scale));
    return [
      element('path', { d: `M${place(x - 4)} ${place(y)}L${place(x)} ${place(y)}`, ...AXIS }),
      text(label, {
        x: x - 7,
        y: y + 4,
        'text-anchor': 'end',
        'font-size': 11,
        fill: 'var(--text-3)',
      }),
    ].join('');
  });
  const [x, y] = project(-1, -1, 1);
  return [
    line([project(-1, -1, 0), project(-1, -1, 1)]),
    ...marks,
    text(`${figure.valueTitle}${scale.isLog ? ', log scale' : ''}`, {
      ...{ x: Math.max(4, x - 30), y: y - 12, 'font-size': 11, fill: 'var(--text-3)' },
    }),
  ].join('');
}

function names({ xTitle, yTitle, columns, rows }: MatrixFigure): string {
  const drawn = Math.max(drawnPlaces(columns.length).length, drawnPlaces(rows.length).length);
  const thinned =
    drawn < Math.max(columns.length, rows.length)
      ? ` (${drawn} of ${Math.max(columns.length, rows.length)} points a side drawn)`
      : '';
  const small = { 'font-size': 11, fill: 'var(--text-3)' };
  return [
    text(`Left to right: ${xTitle}${thinned}`, { x: 8, y: HEIGHT - 24, ...small }),
    text(`Front to back: ${yTitle}`, { x: 8, y: HEIGHT - 8, ...small }),
  ].join('');
}
