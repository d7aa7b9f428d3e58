// Curves as a picture: means with bands, single traces, labels in a legend above. Pure. Long curves are
// drawn by the smallest and largest value of each pixel column, so no spike is lost.
import type { Line } from '../stats/band.ts';
import { EMPTY_EXTENT, extentOf, union, type Extent } from './extent.ts';
import { plotOf, type Plot } from './plot.ts';
import { element, picture, place, seriesColour, shortened, text, tip, type Size } from './svg.ts';

export interface FigureCurve {
  readonly label: string;
  readonly series: number;
  readonly isDashed: boolean;
  readonly line: Line;
  readonly band?: { readonly low: Float32Array; readonly high: Float32Array };
  /** Drawn thin beneath. */
  readonly members?: readonly Line[];
}

export interface LineFigure {
  readonly label: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly curves: readonly FigureCurve[];
  readonly isLogY?: boolean;
  readonly yBounds?: Extent;
}

export const LINE_SIZE: Size = { width: 720, height: 320 };
const LEGEND_ROW = 18;

/** Where the plot is, for whoever reads values off the picture. */
export interface DrawnLines {
  readonly svg: string;
  readonly plot: Plot;
}

export function drawLines(figure: LineFigure, size: Size = LINE_SIZE): DrawnLines {
  const { curves } = figure;
  const legend = layLegend(curves, size.width - 70);
  const frame = {
    left: 58,
    right: size.width - 12,
    top: 8 + legend.rows * LEGEND_ROW,
    bottom: size.height - 42,
  };
  const plot = plotOf(
    frame,
    { title: figure.xTitle, extent: xExtent(curves), isTight: true },
    {
      title: figure.yTitle,
      extent: yExtent(curves, figure.isLogY ?? false),
      isLog: figure.isLogY ?? false,
      ...(figure.yBounds ? { bounds: figure.yBounds } : {}),
    },
  );
  const clip = `clip-${hashOf(figure.label)}`;
  const drawn = curves.map((curve, i) => drawCurve(curve, i, plot));
  const svg = picture(
    size,
    figure.label,
    element(
      'clipPath',
      { id: clip },
      element('rect', {
        ...{ x: frame.left, y: frame.top, width: frame.right - frame.left },
        height: frame.bottom - frame.top,
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
  const parts: string[] = [];
  if (curve.band) {
    parts.push(
      element('path', {
        d: bandPath(curve.line.x, curve.band, plot),
        ...{ fill: colour, 'fill-opacity': '0.18' },
      }),
    );
  }
  for (const member of curve.members ?? []) {
    const d = linePath(member, plot);
    parts.push(
      element('path', {
        d,
        fill: 'none',
        stroke: colour,
        'stroke-opacity': '0.5',
        'stroke-dasharray': dash,
      }),
    );
  }
  parts.push(
    element(
      'path',
      {
        d: linePath(curve.line, plot),
        ...{ fill: 'none', stroke: colour, 'stroke-width': '1.75' },
        ...{ 'stroke-linejoin': 'round', 'stroke-dasharray': dash },
      },
      tip(curve.label),
    ),
  );
  return element('g', { 'data-curve': index }, ...parts);
}

/** Every point where they are few, else the extremes of each pixel column. */
export function linePath({ x, y }: Line, plot: Plot): string {
  const columns = plot.frame.right - plot.frame.left;
  const isDense = x.length > columns * 2;
  const out: string[] = [];
  let isDown = false;
  const go = (px: number, value: number): void => {
    out.push(`${isDown ? 'L' : 'M'}${place(px)} ${place(plot.y.toPixel(value))}`);
    isDown = true;
  };
  const canShow = (value: number): boolean =>
    Number.isFinite(value) && (!plot.y.isLog || value > 0);
  if (!isDense) {
    for (let i = 0; i < x.length; i++) {
      const value = y[i] ?? Number.NaN;
      if (canShow(value)) go(plot.x.toPixel(x[i] ?? 0), value);
      else isDown = false;
    }
    return out.join('');
  }
  let i = 0;
  while (i < x.length) {
    const column = Math.floor(plot.x.toPixel(x[i] ?? 0));
    let low = i;
    let high = i;
    let end = i;
    while (end < x.length && Math.floor(plot.x.toPixel(x[end] ?? 0)) === column) {
      const value = y[end] ?? Number.NaN;
      if (canShow(value)) {
        if (!canShow(y[low] ?? Number.NaN) || value < (y[low] ?? 0)) low = end;
        if (!canShow(y[high] ?? Number.NaN) || value > (y[high] ?? 0)) high = end;
      }
      end++;
    }
    for (const at of low < high ? [low, high] : low > high ? [high, low] : [low]) {
      const value = y[at] ?? Number.NaN;
      if (canShow(value)) go(plot.x.toPixel(x[at] ?? 0), value);
      else isDown = false;
    }
    i = end;
  }
  return out.join('');
}

function bandPath(
  x: Float64Array,
  band: { readonly low: Float32Array; readonly high: Float32Array },
  plot: Plot,
): string {
  const columns = plot.frame.right - plot.frame.left;
  const stride = Math.max(1, Math.floor(x.length / columns));
  const at: number[] = [];
  for (let i = 0; i < x.length; i += stride) {
    if (Number.isFinite(band.low[i]) && Number.isFinite(band.high[i])) at.push(i);
  }
  const floor = plot.y.min;
  const point = (i: number, value: number): string =>
    `${place(plot.x.toPixel(x[i] ?? 0))} ${place(plot.y.toPixel(plot.y.isLog ? Math.max(value, floor) : value))}`;
  const upper = at.map((i) => point(i, band.high[i] ?? 0));
  const lower = at.toReversed().map((i) => point(i, band.low[i] ?? 0));
  return upper.length === 0 ? '' : `M${[...upper, ...lower].join('L')}Z`;
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

function xExtent(curves: readonly FigureCurve[]): Extent {
  return curves
    .flatMap(({ line, members = [] }) => [line, ...members])
    .map(({ x }) => extentOf([x[0] ?? Number.NaN, x[x.length - 1] ?? Number.NaN]))
    .reduce(union, EMPTY_EXTENT);
}

function yExtent(curves: readonly FigureCurve[], isLog: boolean): Extent {
  const all = curves
    .flatMap(({ line, band, members = [] }) => [
      line.y,
      ...(band ? [band.low, band.high] : []),
      ...members.map(({ y }) => y),
    ])
    .map((values) => extentOf(isLog ? values.filter((value) => value > 0) : values));
  return all.reduce(union, EMPTY_EXTENT);
}

/** Several pictures stand in one document, so ids must differ. */
export function hashOf(words: string): string {
  let hash = 5381;
  for (const letter of words) hash = (Math.imul(hash, 33) ^ (letter.codePointAt(0) ?? 0)) >>> 0;
  return hash.toString(36);
}
