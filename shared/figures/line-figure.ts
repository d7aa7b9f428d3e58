// Curves as a picture: means with bands, single traces, labels in a legend above. Pure. The same drawing
// stands in a report and is drawn anew by an exported page that is zoomed.
import { indexAt } from '../index-at.ts';
import type { CurveBand } from '../curves/curve-data.ts';
import { clippedExtent } from '../curves/outliers.ts';
import { formatX, type XKind } from '../curves/x-axis.ts';
import { xTicks } from '../curves/x-ticks.ts';
import type { Line } from '../stats/band.ts';
import type { AxisRange } from './axis-range.ts';
import { EMPTY_EXTENT, extentOf, isEmpty, union, type Extent } from './extent.ts';
import { linePath } from './line-path.ts';
import { plotOf, type Plot } from './plot.ts';
import {
  element,
  picture,
  place,
  seriesColour,
  shortened,
  text,
  tip,
  type SeriesColour,
  type Size,
} from './svg.ts';

export interface FigureCurve {
  readonly label: string;
  readonly series: SeriesColour;
  readonly isDashed: boolean;
  readonly line: Line;
  readonly band?: CurveBand;
  /** Drawn thin beneath. */
  readonly members?: readonly Line[];
  /** What it was before it was smoothed: drawn faint beneath. */
  readonly raw?: Line;
}

export interface LineFigure {
  readonly label: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly curves: readonly FigureCurve[];
  /** How places of x are written; plain numbers without. */
  readonly xKind?: XKind;
  readonly isLogX?: boolean;
  readonly isLogY?: boolean;
  /** The part of x that is shown; all of it without. */
  readonly xRange?: AxisRange | null;
  /** The vertical axis leaves outliers out. */
  readonly isClipped?: boolean;
  readonly yBounds?: Extent;
  /** Curves that are in the legend only, by number. */
  readonly hidden?: ReadonlySet<number>;
}

export const LINE_SIZE: Size = { width: 720, height: 320 };
const LEGEND_ROW = 18;

/** Where the plot is, for whoever reads values off the picture. */
export interface DrawnLines {
  readonly svg: string;
  readonly plot: Plot;
}

export function drawLines(figure: LineFigure, size: Size = LINE_SIZE): DrawnLines {
  const { curves, hidden, xKind, isLogX = false, isLogY = false } = figure;
  const legend = layLegend(curves, size.width - 70);
  const frame = {
    left: 58,
    right: size.width - 16,
    top: 8 + legend.rows * LEGEND_ROW,
    bottom: size.height - 42,
  };
  const shown = curves.filter((_, i) => hidden?.has(i) !== true);
  const across = xExtent(figure, shown);
  const plot = plotOf(
    frame,
    {
      title: figure.xTitle,
      extent: across,
      isTight: true,
      isLog: isLogX,
      ...(xKind === undefined
        ? {}
        : {
            format: (value: number) => formatX(xKind, value, across.high - across.low),
            ticks: (range: AxisRange, count: number) => xTicks(xKind, range, count),
          }),
    },
    {
      title: figure.yTitle,
      extent: yExtent(figure, shown, across),
      isLog: isLogY,
      ...(figure.yBounds ? { bounds: figure.yBounds } : {}),
    },
  );
  const clip = `clip-${hashOf(figure.label)}`;
  const drawn = curves.map((curve, i) =>
    hidden?.has(i) === true ? '' : drawCurve(curve, i, plot),
  );
  const svg = picture(
    size,
    figure.label,
    element(
      'clipPath',
      { id: clip },
      element('rect', {
        ...{ x: frame.left, y: frame.top - 1, width: frame.right - frame.left },
        height: frame.bottom - frame.top + 2,
      }),
    ),
    plot.svg,
    element('g', { 'clip-path': `url(#${clip})` }, ...drawn),
    legend.svg,
  );
  return { svg, plot };
}

function drawCurve(curve: FigureCurve, index: number, plot: Plot): string {
  const colour = seriesColour(curve.series);
  const dash = curve.isDashed ? '6 4' : undefined;
  const drawn = (line: Line, width: number, opacity?: string, inside = ''): string => {
    const { path, dots } = linePath(line, plot);
    return [
      element(
        'path',
        {
          d: path,
          ...{
            fill: 'none',
            stroke: colour,
            'stroke-width': String(width),
            'stroke-opacity': opacity,
          },
          ...{ 'stroke-linejoin': 'round', 'stroke-dasharray': dash },
        },
        inside,
      ),
      ...dots.map(({ x, y }) =>
        element('circle', {
          ...{ cx: place(x), cy: place(y), r: width + DOT_BEYOND_PX },
          ...{ fill: colour, 'fill-opacity': opacity },
        }),
      ),
    ].join('');
  };
  return element(
    'g',
    { 'data-curve': index },
    curve.band
      ? element('path', {
          d: bandPath(curve.line.x, curve.band, plot),
          ...{ fill: colour, 'fill-opacity': '0.18' },
        })
      : '',
    curve.raw ? drawn(curve.raw, 1, '0.25') : '',
    ...(curve.members ?? []).map((member) => drawn(member, 1, '0.5')),
    drawn(curve.line, 1.75, undefined, tip(curve.label)),
  );
}

/** So much more than half a line's width is the radius of a single point. */
const DOT_BEYOND_PX = 1;
/** Half the width of the band of a single point. */
const LONE_BAND_PX = 4;

function bandPath(x: Float64Array, band: CurveBand, plot: Plot): string {
  const from = Math.max(0, indexAt(x, plot.x.min) - 1);
  const to = Math.min(x.length, indexAt(x, plot.x.max) + 2);
  const at: number[] = [];
  for (let i = from; i < to; i++) {
    if (plot.x.isLog && !((x[i] ?? 0) > 0)) continue;
    if (Number.isFinite(band.low[i]) && Number.isFinite(band.high[i])) at.push(i);
  }
  const floor = plot.y.min;
  const point = (i: number, value: number, aside = 0): string =>
    `${place(plot.x.toPixel(x[i] ?? 0) + aside)} ${place(plot.y.toPixel(plot.y.isLog ? Math.max(value, floor) : value))}`;
  const sides = at.length === 1 ? [-LONE_BAND_PX, LONE_BAND_PX] : [0];
  const edge = (values: Float32Array): string[] =>
    at.flatMap((i) => sides.map((aside) => point(i, values[i] ?? 0, aside)));
  return at.length === 0
    ? ''
    : `M${[...edge(band.high), ...edge(band.low).toReversed()].join('L')}Z`;
}

interface Legend {
  readonly rows: number;
  readonly svg: string;
}

function layLegend(curves: readonly FigureCurve[], width: number): Legend {
  let x = 0;
  let row = 0;
  const entries = curves.map((curve, i) => {
    const label = shortened(curve.label, 240);
    const wide = 30 + label.length * 6.6;
    if (x > 0 && x + wide > width) {
      x = 0;
      row++;
    }
    const left = 58 + x;
    const y = 14 + row * LEGEND_ROW;
    x += wide;
    return element(
      'g',
      { 'data-legend': i },
      element('line', {
        ...{ x1: left, x2: left + 16, y1: y - 4, y2: y - 4, stroke: seriesColour(curve.series) },
        ...{ 'stroke-width': '2.5', 'stroke-dasharray': curve.isDashed ? '4 3' : undefined },
      }),
      text(label, { x: left + 21, y }),
      tip(curve.label),
    );
  });
  return { rows: row + 1, svg: entries.join('') };
}

function xExtent(figure: LineFigure, shown: readonly FigureCurve[]): Extent {
  const { xRange, isLogX = false, xKind } = figure;
  if (xRange) return { low: xRange.min, high: xRange.max };
  const extent = shown
    .flatMap(({ line, members = [] }) => [line, ...members])
    .map(({ x }) => extentOf([x[0] ?? Number.NaN, x[x.length - 1] ?? Number.NaN]))
    .reduce(union, EMPTY_EXTENT);
  if (isEmpty(extent)) return isLogX ? { low: 1, high: 100 } : { low: 0, high: 1 };
  const { low, high } = extent;
  if (isLogX) return { low: Math.max(low, high / 1e6, xKind === 'step' ? 1 : 0), high };
  return xKind === 'clock' ? extent : { low: Math.min(0, low), high };
}

function yExtent(
  { isLogY = false, isClipped = false }: LineFigure,
  shown: readonly FigureCurve[],
  across: Extent,
): Extent {
  if (isClipped) {
    return clippedExtent(
      shown.map(({ line, raw }) => raw ?? line),
      across,
    );
  }
  const isUsable = (value: number): boolean => !isLogY || value > 0;
  const inView = ({ x, y }: Line): Extent =>
    extentOf(
      y
        .subarray(indexAt(x, across.low), Math.min(y.length, indexAt(x, across.high) + 1))
        .filter(isUsable),
    );
  return shown
    .flatMap(({ line, band, raw, members = [] }) => [
      line,
      ...(band ? [band.low, band.high].map((y) => ({ x: line.x, y })) : []),
      ...(raw ? [raw] : []),
      ...members,
    ])
    .map(inView)
    .reduce(union, EMPTY_EXTENT);
}

/** Several pictures stand in one document, so ids must differ. */
export function hashOf(words: string): string {
  let hash = 5381;
  for (const letter of words) hash = (Math.imul(hash, 33) ^ (letter.codePointAt(0) ?? 0)) >>> 0;
  return hash.toString(36);
}
