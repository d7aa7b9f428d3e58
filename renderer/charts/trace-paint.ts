// Paints a long curve or a band straight from typed arrays: at most two vertices per pixel column, no
// object per point. Knows a canvas and maps to its pixels; knows nothing of Chart.js.
import { collectVertices, createVertices, type ColumnsView } from './columns.ts';
import type { PixelMap } from './pixel-map.ts';
import type { Trace } from '../../shared/figures/trace.ts';

export interface TraceStyle {
  readonly trace: Trace;
  readonly colour: string;
  readonly widthPx: number;
  readonly dash: readonly number[];
  /** Band around the curve: drawn as a filled area between two traces, without a line. */
  readonly upper?: Trace;
}

export interface PaintView extends ColumnsView {
  readonly toPixelY: PixelMap;
}

/** How a curve is drawn: through its points, through its pixel columns, or as an upright bar in each. */
export type TraceForm = 'points' | 'columns' | 'bars';

const vertices = createVertices();
const upperVertices = createVertices();

/** Draws, and says in which form; a part of what was drawn before must have the form of the whole. */
export function paintTrace(
  context: CanvasRenderingContext2D,
  style: TraceStyle,
  view: PaintView,
  form?: TraceForm,
): TraceForm {
  const { toPixelY } = view;
  const areColumns = form === undefined ? undefined : form !== 'points';
  collectVertices(style.trace, view, vertices, areColumns);
  if (style.upper) {
    collectVertices(style.upper, view, upperVertices, areColumns);
    fillBand(context, style.colour, toPixelY);
    return vertices.areColumns ? 'columns' : 'points';
  }
  const isTall = form === undefined ? meanHeight(toPixelY) > CALM_PX : form === 'bars';
  if (vertices.areColumns && isTall) {
    fillBars(context, style, toPixelY);
    return 'bars';
  }
  strokeLine(context, style, view, form === undefined);
  return vertices.areColumns ? 'columns' : 'points';
}

function strokeLine(
  context: CanvasRenderingContext2D,
  style: TraceStyle,
  { min, max, toPixel, toPixelY }: PaintView,
  isWhole: boolean,
): void {
  context.strokeStyle = style.colour;
  context.lineWidth = style.widthPx;
  context.lineJoin = 'bevel';
  context.setLineDash([...style.dash]);
  context.beginPath();
  const dots: number[] = [];
  let isDown = false;
  for (let i = 0; i < vertices.count; i++) {
    const x = vertices.x[i] ?? 0;
    const top = toPixelY(vertices.y[i] ?? Number.NaN);
    const bottom = toPixelY(vertices.low[i] ?? Number.NaN);
    // A calm column is its middle; a spike in a calm curve keeps its height.
    const isCalm = bottom - top <= CALM_PX;
    const y = isCalm ? (top + bottom) / 2 : top;
    if (Number.isNaN(y)) {
      isDown = false;
      continue;
    }
    if (isDown) context.lineTo(x, y);
    else context.moveTo(x, y);
    if (!isCalm) context.lineTo(x, bottom);
    if (isCalm && !isDown && hasNoNeighbour(i)) dots.push(x, y);
    isDown = true;
  }
  context.stroke();
  // A part of a plot has neighbours where the plot has edges.
  const edges = isWhole ? [toPixel(min), toPixel(max)] : [-Infinity, Infinity];
  fillDots(context, style, { dots, edges });
}

/** What lies beyond the part that is drawn is a neighbour too. */
function hasNoNeighbour(i: number): boolean {
  const hasBefore = i === 0 && !vertices.hasStart;
  const isLast = i === vertices.count - 1;
  const hasAfter = isLast ? !vertices.hasEnd : !Number.isNaN(vertices.y[i + 1] ?? Number.NaN);
  return !hasBefore && !hasAfter;
}

/** So much more than half a line's width is the radius of a point that has no neighbour. */
const DOT_BEYOND_PX = 1;

/**
 * A line shows nothing of a point between two gaps, or of a series that has only one. On an edge of the plot, which
 * cuts off what lies beyond, the dot stands beside it.
 */
function fillDots(
  context: CanvasRenderingContext2D,
  { colour, widthPx }: TraceStyle,
  { dots, edges }: { readonly dots: readonly number[]; readonly edges: readonly number[] },
): void {
  context.fillStyle = colour;
  const radius = widthPx + DOT_BEYOND_PX;
  const [left = -Infinity, right = Infinity] = edges;
  for (let i = 0; i < dots.length; i += 2) {
    const x = Math.max(left + radius, Math.min(right - radius, dots[i] ?? 0));
    context.beginPath();
    context.arc(x, dots[i + 1] ?? 0, radius, 0, 2 * Math.PI);
    context.fill();
  }
}

/** Below this height of a pixel column a curve is drawn as a line. */
const CALM_PX = 4;

/** In pixels: how far the points of a column are apart. */
function meanHeight(toPixelY: PixelMap): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < vertices.count; i++) {
    const height = toPixelY(vertices.low[i] ?? Number.NaN) - toPixelY(vertices.y[i] ?? Number.NaN);
    if (Number.isNaN(height)) continue;
    sum += height;
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

/** Many points a pixel: upright bars that meet, several times cheaper than a stroked zigzag. */
function fillBars(context: CanvasRenderingContext2D, style: TraceStyle, toPixelY: PixelMap): void {
  const [dash = 0, gap = 0] = style.dash;
  context.fillStyle = style.colour;
  let top = Number.NaN;
  let bottom = Number.NaN;
  for (let i = 0; i < vertices.count; i++) {
    let high = toPixelY(vertices.y[i] ?? Number.NaN);
    let low = toPixelY(vertices.low[i] ?? Number.NaN);
    const [ownHigh, ownLow] = [high, low];
    // Reaches to the bar before, so that a steep curve has no holes.
    if (high > bottom) high = bottom;
    if (low < top) low = top;
    top = ownHigh;
    bottom = ownLow;
    const x = Math.floor(vertices.x[i] ?? 0);
    if (Number.isNaN(high) || (gap > 0 && x % (dash + gap) >= dash)) continue;
    const missing = Math.max(0, style.widthPx - (low - high));
    context.fillRect(x, high - missing / 2, 1, low - high + missing);
  }
}

/** Half the width of the band of a single point. */
const LONE_BAND_PX = 4;

/** The two edges share their x values, so they give the same columns. */
function fillBand(context: CanvasRenderingContext2D, colour: string, toPixelY: PixelMap): void {
  context.fillStyle = colour;
  const isLone = vertices.count === 1 && vertices.hasStart && vertices.hasEnd;
  const aside = isLone ? LONE_BAND_PX : 0;
  context.beginPath();
  for (let i = 0; i < vertices.count; i++) {
    const y = toPixelY(vertices.low[i] ?? Number.NaN);
    if (Number.isNaN(y)) continue;
    const x = vertices.x[i] ?? 0;
    context.lineTo(x - aside, y);
    if (aside > 0) context.lineTo(x + aside, y);
  }
  for (let i = upperVertices.count - 1; i >= 0; i--) {
    const y = toPixelY(upperVertices.y[i] ?? Number.NaN);
    if (Number.isNaN(y)) continue;
    const x = upperVertices.x[i] ?? 0;
    context.lineTo(x + aside, y);
    if (aside > 0) context.lineTo(x - aside, y);
  }
  context.fill();
}
