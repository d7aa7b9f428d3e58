// A Chart.js dataset type for long curves: it draws straight from typed arrays, at most two vertices
// per pixel column, and makes no object per point. Scales, zoom and annotations stay Chart.js's.
// https://www.chartjs.org/docs/latest/developers/charts.html
import { DatasetController, type ControllerDatasetOptions, type Scale } from 'chart.js';
import { pixelMap } from './pixel-map.ts';
import { rangeExtent } from '../../shared/figures/trace.ts';
import { paintTrace, type PaintView, type TraceStyle } from './trace-paint.ts';

declare module 'chart.js' {
  interface ChartTypeRegistry {
    trace: {
      chartOptions: ChartTypeRegistry['line']['chartOptions'];
      /** `data` stays empty: Chart.js must not walk it. */
      datasetOptions: ControllerDatasetOptions & TraceStyle;
      defaultDataPoint: never;
      metaExtensions: object;
      parsedDataType: { x: number; y: number };
      scales: 'linear' | 'logarithmic';
    };
  }
}

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
    const view: PaintView = {
      min: xScale.min,
      max: xScale.max,
      toPixel: pixelMap(xScale),
      toPixelY: pixelMap(yScale),
    };
    const context = this.chart.ctx;
    const { left, top, right, bottom } = this.chart.chartArea;
    context.save();
    // Lines run to the edge of the plot and not beyond; half a line's width more up and down.
    context.beginPath();
    context.rect(left, top - 1, right - left, bottom - top + 2);
    context.clip();
    paintTrace(context, style, view);
    context.restore();
  }

  private style(): TraceStyle {
    return this.getDataset() as unknown as TraceStyle;
  }
}
