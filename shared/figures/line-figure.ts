// Paints a chart of curves as SVG: in reports and their files, and anew in an exported page that is zoomed.
// Pure. What is shown is the model's (line-model.ts).
import { area } from 'd3-shape';
import { indexAt } from '../index-at.ts';
import { visibleEnd } from './end-of-line.ts';
import { linePath } from './line-path.ts';
import {
  endLabelRoom,
  hasEndLabel,
  lineModel,
  type LegendEntry,
  type LineFigure,
  type LineLayer,
} from './line-model.ts';
import { plotOf, type Plot } from './plot.ts';
import { element, picture, place, seriesColour, shortened, text, tip, type Size } from './svg.ts';
import { svgLegend } from './svg-legend.ts';
import type { Trace } from './trace.ts';

export const LINE_SIZE: Size = { width: 720, height: 320 };
const LEFT_PX = 58;
const RIGHT_PX = 16;

/** Where the plot is, for whoever reads values off the picture. */
export interface DrawnLines {
  readonly svg: string;
  readonly plot: Plot;
}

export function drawLines(figure: LineFigure, size: Size = LINE_SIZE): DrawnLines {
  const model = lineModel(figure);
  const [only] = model.legend;
  const named = only && hasEndLabel(model.legend.length, size.width) ? only : undefined;
  const legend = svgLegend(named ? [] : model.legend, { left: LEFT_PX, width: size.width - 70 });
  const frame = {
    left: LEFT_PX,
    right: size.width - (named ? endLabelRoom(named.name, size.width) : RIGHT_PX),
    top: 8 + legend.heightPx,
    bottom: size.height - 42,
  };
  const plot = plotOf(frame, model.x, model.y);
  const clip = `clip-${hashOf(figure.label)}`;
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
    element(
      'g',
      { 'clip-path': `url(#${clip})` },
      ...model.layers.map((layer) =>
        drawLayer(layer, { plot, label: model.legend[layer.curve]?.label ?? '' }),
      ),
    ),
    legend.svg,
    named ? endLabel(named, { line: figure.curves[0]?.line, plot, widthPx: size.width }) : '',
  );
  return { svg, plot };
}

/** So much more than half a line's width is the radius of a single point. */
const DOT_BEYOND_PX = 1;

function drawLayer(
  layer: LineLayer,
  { plot, label }: { readonly plot: Plot; readonly label: string },
): string {
  const { kind, curve, trace, upper, widthPx, dash } = layer;
  const colour = seriesColour(layer.colour);
  const opacity = layer.opacity === 1 ? undefined : String(layer.opacity);
  const marks = { 'data-curve': curve, 'data-layer': kind };
  if (upper) {
    const d = bandPath(trace, upper, plot);
    return d === '' ? '' : element('path', { ...marks, d, fill: colour, 'fill-opacity': opacity });
  }
  const { path, dots } = linePath(trace, plot);
  return element(
    'g',
    marks,
    element(
      'path',
      {
        ...{ d: path, fill: 'none', stroke: colour, 'stroke-width': String(widthPx) },
        ...{ 'stroke-opacity': opacity, 'stroke-linejoin': 'round' },
        'stroke-dasharray': dash.length > 0 ? dash.join(' ') : undefined,
      },
      kind === 'line' ? tip(label) : '',
    ),
    ...dots.map(({ x, y }) =>
      element('circle', {
        ...{ cx: place(x), cy: place(y), r: widthPx + DOT_BEYOND_PX },
        ...{ fill: colour, 'fill-opacity': opacity },
      }),
    ),
  );
}

/** Half the width of the band of a single point. */
const LONE_BAND_PX = 4;

function bandPath(low: Trace, high: Trace, plot: Plot): string {
  const { x } = low;
  const from = Math.max(0, indexAt(x, plot.x.min) - 1);
  const to = Math.min(x.length, indexAt(x, plot.x.max) + 2);
  const at: number[] = [];
  for (let i = from; i < to; i++) {
    if (plot.x.isLog && !((x[i] ?? 0) > 0)) continue;
    if (Number.isFinite(low.y[i]) && Number.isFinite(high.y[i])) at.push(i);
  }
  const sides = at.length === 1 ? [-LONE_BAND_PX, LONE_BAND_PX] : [0];
  const points = at.flatMap((i) => sides.map((aside) => ({ i, aside })));
  const toY = (value: number): number =>
    plot.y.toPixel(plot.y.isLog ? Math.max(value, plot.y.min) : value);
  const shape = area<{ readonly i: number; readonly aside: number }>()
    .x(({ i, aside }) => plot.x.toPixel(x[i] ?? 0) + aside)
    .y0(({ i }) => toY(low.y[i] ?? 0))
    .y1(({ i }) => toY(high.y[i] ?? 0))
    .digits(1);
  return shape(points) ?? '';
}

const AFTER_LINE_PX = 7;
const HALO_PX = 4;

function endLabel(
  { name, colour }: LegendEntry,
  at: { readonly line: Trace | undefined; readonly plot: Plot; readonly widthPx: number },
): string {
  const { frame, x, y } = at.plot;
  const end = at.line && visibleEnd(at.line, x.max);
  const [px, py] = end ? [x.toPixel(end.x), y.toPixel(end.y)] : [Number.NaN, Number.NaN];
  if (!Number.isFinite(py) || px < frame.left) return '';
  const left = Math.min(frame.right, px) + AFTER_LINE_PX;
  return text(shortened(name, at.widthPx - left), {
    ...{ x: left, y: Math.min(frame.bottom - 4, Math.max(frame.top + 4, py)) + 4 },
    ...{ fill: seriesColour(colour), 'font-weight': '500', 'paint-order': 'stroke' },
    ...{ stroke: 'var(--surface-1)', 'stroke-width': HALO_PX, 'stroke-linejoin': 'round' },
  });
}

/** Several pictures stand in one document, so ids must differ. */
export function hashOf(words: string): string {
  let hash = 5381;
  for (const letter of words) hash = (Math.imul(hash, 33) ^ (letter.codePointAt(0) ?? 0)) >>> 0;
  return hash.toString(36);
}
