// A finding's matrix as a picture: colours on one scale with its bar, and lines of equal value where they
// help. Pure. The first row is at the bottom.
import type { MatrixFigure } from '../contract/findings.ts';
import { formatNorm } from '../format.ts';
import { contourSegments } from './contours.ts';
import { colourBar, colourMapOf, scaleOf, shareOf, type Scale } from './matrix-scale.ts';
import { pngAddress, rgbaPng } from './palette-png.ts';
import { element, picture, place, shortened, text, tip } from './svg.ts';

/** For the names of the rows: as wide as the longest needs, between these. */
const LEAST_LEFT = 76;
const MOST_LEFT = 132;
/** The title of the rows, and a gap to the cells. */
const BESIDE_NAMES = 24;
const TOP = 12;
const FOOT = 46;
const BAR = 96;
const LARGEST_SIDE = 400;
const CONTOURS = 9;
/** At most so many pixels for each name below the columns, and the height of one beside the rows. */
const NAME_PX = 68;
const NAME_HEIGHT_PX = 14;
const LETTER_PX = 6;
/** Cells larger than these say their value to a pointer. */
const TOLD_CELLS = 2_500;

export function drawMatrix(figure: MatrixFigure, width = 560): string {
  const { columns, rows } = figure;
  const left = Math.min(MOST_LEFT, Math.max(LEAST_LEFT, BESIDE_NAMES + widest(rows)));
  const side = Math.min(LARGEST_SIDE, width - left - BAR);
  const cell = side / Math.max(1, columns.length);
  const height = Math.min(LARGEST_SIDE, cell * rows.length);
  const scale = scaleOf(figure);
  const up = height / Math.max(1, rows.length);
  const frame = { left, top: TOP, width: side, height };
  return picture(
    { width: left + side + BAR, height: TOP + height + FOOT },
    figure.title,
    element(
      'image',
      {
        ...{ x: left, y: TOP, width: side, height, preserveAspectRatio: 'none' },
        ...{ 'image-rendering': 'pixelated', href: pngAddress(pixelsOf(figure, scale)) },
      },
      tip(figure.title),
    ),
    figure.hasContours ? contours(figure, { ...frame, scale }) : '',
    columns.length * rows.length <= TOLD_CELLS ? cellTips(figure, { ...frame }) : '',
    ...axisNames(columns, cell, nameWidth(columns)).map(([name, middle]) =>
      text(shortened(name, NAME_PX), {
        ...{ x: left + middle, y: TOP + height + 14, 'text-anchor': 'middle' },
        ...{ 'font-size': 11, fill: 'var(--text-3)' },
      }),
    ),
    ...axisNames(rows, up, NAME_HEIGHT_PX).map(([name, middle]) =>
      text(shortened(name, left - BESIDE_NAMES, 11), {
        ...{ x: left - 5, y: TOP + height - middle + 4, 'text-anchor': 'end' },
        ...{ 'font-size': 11, fill: 'var(--text-3)' },
      }),
    ),
    text(figure.xTitle, {
      ...{ x: left + side / 2, y: TOP + height + 34, 'text-anchor': 'middle' },
      fill: 'var(--text-3)',
    }),
    text(figure.yTitle, {
      ...{ x: 13, y: TOP + height / 2, 'text-anchor': 'middle', fill: 'var(--text-3)' },
      transform: `rotate(-90 13 ${TOP + height / 2})`,
    }),
    colourBar(figure, { x: left + side + 16, top: TOP, width: BAR, height, scale }),
  );
}

function pixelsOf(figure: MatrixFigure, scale: Scale): Uint8Array {
  const { values, columns, rows } = figure;
  const colour = colourMapOf(figure);
  const width = columns.length;
  const pixels = new Uint8Array(4 * width * rows.length);
  values.forEach((value, i) => {
    if (value === null || !Number.isFinite(value) || (scale.isLog && value <= 0)) return;
    const row = rows.length - 1 - Math.floor(i / width);
    pixels.set([...colour(shareOf(value, scale)), 255], 4 * (row * width + (i % width)));
  });
  return rgbaPng(pixels, width, rows.length);
}

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function contours(
  { values, columns, rows }: MatrixFigure,
  { left, top, width, height, scale }: Frame & { readonly scale: Scale },
): string {
  const levels = Array.from({ length: CONTOURS }, (_, i) => {
    const share = (i + 1) / (CONTOURS + 1);
    return scale.isLog
      ? scale.min * (scale.max / scale.min) ** share
      : scale.min + share * (scale.max - scale.min);
  });
  const x = (at: number): string => place(left + ((at + 0.5) / columns.length) * width);
  const y = (at: number): string => place(top + height - ((at + 0.5) / rows.length) * height);
  return levels
    .map((level) =>
      element(
        'path',
        {
          d: contourSegments(values, columns.length, level)
            .map(([x1, y1, x2, y2]) => `M${x(x1)} ${y(y1)}L${x(x2)} ${y(y2)}`)
            .join(''),
          ...{ stroke: 'white', 'stroke-opacity': '0.75', 'stroke-width': '1', fill: 'none' },
        },
        tip(formatNorm(level)),
      ),
    )
    .join('');
}

function cellTips({ values, columns, rows, valueTitle }: MatrixFigure, frame: Frame): string {
  const { left, top, width, height } = frame;
  const [across, up] = [width / columns.length, height / rows.length];
  return values
    .map((value, i) => {
      const [column, row] = [i % columns.length, Math.floor(i / columns.length)];
      const words = value === null ? 'not finite' : formatNorm(value);
      return element(
        'rect',
        {
          ...{ x: left + column * across, y: top + height - (row + 1) * up },
          ...{ width: across, height: up, fill: 'transparent' },
        },
        tip(`${columns[column] ?? ''}, ${rows[row] ?? ''}: ${valueTitle} ${words}`),
      );
    })
    .join('');
}

/** Of the longest name, with a gap to the next. */
function nameWidth(names: readonly string[]): number {
  return Math.min(NAME_PX, widest(names) + 8);
}

function widest(names: readonly string[]): number {
  return LETTER_PX * Math.max(0, ...names.map((name) => name.length));
}

/** Names with room for them, and the middles of their cells. */
function axisNames(names: readonly string[], cell: number, roomPx: number): [string, number][] {
  const every = Math.max(1, Math.ceil(roomPx / Math.max(1, cell)));
  return names.flatMap((name, i): [string, number][] =>
    i % every === 0 ? [[name, (i + 0.5) * cell]] : [],
  );
}
