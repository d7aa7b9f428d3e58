// A Chart.js dataset type for long curves: it draws straight from typed arrays, at most two vertices
// per pixel column, and makes no object per point. Scales, zoom and annotations stay Chart.js's.
// https://www.chartjs.org/docs/latest/developers/charts.html
import { type Chart, DatasetController, type ControllerDatasetOptions, type Scale } from 'chart.js';
import { collectVertices, createVertices, type ColumnsView } from './columns.ts';
import { rangeExtent, type Trace } from './trace.ts';

/** The part of a dataset that only this type has. `data` stays empty: Chart.js must not walk it. */
export interface TraceStyle {
  readonly trace: Trace;
  readonly colour: string;
  readonly widthPx: number;
  readonly dash: readonly number[];
  /** Band around the curve: drawn as a filled area between two traces, without a line. */
  readonly upper?: Trace;
}

declare module 'chart.js' {
  interface ChartTypeRegistry {
    trace: {
      chartOptions: ChartTypeRegistry['line']['chartOptions'];
      datasetOptions: ControllerDatasetOptions & TraceStyle;
      defaultDataPoint: never;
      metaExtensions: object;
      parsedDataType: { x: number; y: number };
      scales: 'linear' | 'logarithmic';
    };
  }
}

/** While a view moves, columns are wider: what counts then is that no frame is late. */
const MOVING_COLUMN_PX = 2;

const moving = new WeakSet<Chart>();

export function setMoving(chart: Chart, isMoving: boolean): void {
  if (isMoving) moving.add(chart);
  else moving.delete(chart);
}

const vertices = createVertices();
const upperVertices = createVertices();

export class TraceController extends DatasetController<'trace'> {
  static id = 'trace';
  /** Chart.js asks for an element class although none is ever made. */
  static defaults = { datasetElementType: false, dataElementType: 'point' };
  static overrides = {
    interaction: { mode: 'nearest' },
    scales: { _index_: { type: 'linear' }, _value_: { type: 'linear' } },
  };

  // Nothing to parse, nothing to animate: the pixels come from the trace.
  override parse(): void {
    return;
  }

  override update(): void {
    return;
  }

  override getMinMax(scale: Scale): { min: number; max: number } {
    const { trace } = this.style();
    if (scale.axis === 'x') {
      const { x } = trace;
      return x.length === 0
        ? { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }
        : { min: x[0] ?? 0, max: x[x.length - 1] ?? 0 };
    }
    const { low, high } = rangeExtent(trace, 0, trace.y.length);
    return { min: low, max: high };
  }

  override draw(): void {
    const { xScale, yScale } = this.getMeta();
    const style = this.style();
    if (!xScale || !yScale || style.trace.x.length === 0) return;
    const view: ColumnsView = {
      min: xScale.min,
      max: xScale.max,
      toPixel: pixelMap(xScale),
      columnPx: moving.has(this.chart) ? MOVING_COLUMN_PX : 1,
    };
    const toPixelY = pixelMap(yScale);
    const context = this.chart.ctx;
    const { left, top, right, bottom } = this.chart.chartArea;
    context.save();
    // Lines run to the edge of the plot and not beyond; half a line's width more up and down.
    context.beginPath();
    context.rect(left, top - 1, right - left, bottom - top + 2);
    context.clip();
    if (style.upper) fillBand(context, style, style.upper, view, toPixelY);
    else strokeTrace(context, style, view, toPixelY);
    context.restore();
  }

  private style(): TraceStyle {
    return this.getDataset() as unknown as TraceStyle;
  }
}

/** A scale's map without its bookkeeping per call; a hundred thousand calls a frame are usual. */
function pixelMap(scale: Scale): (value: number) => number {
  const start = scale.getPixelForDecimal(0);
  const spread = scale.getPixelForDecimal(1) - start;
  if (scale.type === 'logarithmic') {
    const low = Math.log10(scale.min);
    const size = Math.log10(scale.max) - low || 1;
    return (value) =>
      value > 0 ? start + ((Math.log10(value) - low) / size) * spread : Number.NaN;
  }
  const size = scale.max - scale.min || 1;
  return (value) => start + ((value - scale.min) / size) * spread;
}

function strokeTrace(
  context: CanvasRenderingContext2D,
  style: TraceStyle,
  view: ColumnsView,
  toPixelY: (value: number) => number,
): void {
  collectVertices(style.trace, view, vertices);
  if (vertices.areColumns && meanHeight(toPixelY) > CALM_PX) {
    fillColumns(context, style, view, toPixelY);
    return;
  }
  context.strokeStyle = style.colour;
  context.lineWidth = style.widthPx;
  context.lineJoin = 'bevel';
  context.setLineDash([...style.dash]);
  context.beginPath();
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
    // A point between two gaps is a dot, not nothing.
    const isAlone = !isDown && Number.isNaN(toPixelY(vertices.y[i + 1] ?? Number.NaN));
    if (isAlone) context.lineTo(x + 1, y);
    isDown = true;
  }
  context.stroke();
}

/** Below this height of a pixel column a curve is drawn as a line. */
const CALM_PX = 4;

/** In pixels: how far the points of a column are apart. */
function meanHeight(toPixelY: (value: number) => number): number {
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
function fillColumns(
  context: CanvasRenderingContext2D,
  style: TraceStyle,
  view: ColumnsView,
  toPixelY: (value: number) => number,
): void {
  const [dash = 0, gap = 0] = style.dash;
  const width = Math.max(1, view.columnPx);
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
    context.fillRect(x, high - missing / 2, width, low - high + missing);
  }
}

/** The two edges share their x values, so they give the same columns. */
function fillBand(
  context: CanvasRenderingContext2D,
  style: TraceStyle,
  upper: Trace,
  view: ColumnsView,
  toPixelY: (value: number) => number,
): void {
  collectVertices(style.trace, view, vertices);
  collectVertices(upper, view, upperVertices);
  context.fillStyle = style.colour;
  context.beginPath();
  for (let i = 0; i < vertices.count; i++) {
    const y = toPixelY(vertices.low[i] ?? Number.NaN);
    if (!Number.isNaN(y)) context.lineTo(vertices.x[i] ?? 0, y);
  }
  for (let i = upperVertices.count - 1; i >= 0; i--) {
    const y = toPixelY(upperVertices.y[i] ?? Number.NaN);
    if (!Number.isNaN(y)) context.lineTo(upperVertices.x[i] ?? 0, y);
  }
  context.fill();
}
