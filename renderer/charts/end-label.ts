// A direct label at the end of a line: the name of the curve in its colour, with a halo that keeps lines
// from striking it through.
import type { Chart, ChartType, Plugin } from 'chart.js';
import { visibleEnd } from '../../shared/figures/end-of-line.ts';
import type { Trace } from '../../shared/figures/trace.ts';
import type { ChartTheme } from './theme.ts';

export interface EndLabel {
  readonly text: string;
  readonly colour: string;
  readonly trace: Trace;
}

const HALO_PX = 4;

/** Draws the label that `read` gives, on top of the curves. */
export function endLabel<T extends ChartType>(
  read: () => EndLabel | undefined,
  theme: Pick<ChartTheme, 'font' | 'surface'>,
): Plugin<T> {
  return {
    id: 'endLabel',
    afterDatasetsDraw: (chart) => {
      const label = read();
      if (label) drawLabel(chart as Chart, label, theme);
    },
  };
}

function drawLabel(
  chart: Chart,
  { text, colour, trace }: EndLabel,
  { font, surface }: Pick<ChartTheme, 'font' | 'surface'>,
): void {
  const { ctx: context, chartArea } = chart;
  const { x: xScale, y: yScale } = chart.scales;
  const end = xScale && visibleEnd(trace, xScale.max);
  if (!xScale || !yScale || !end) return;
  const y = yScale.getPixelForValue(end.y);
  const x = Math.min(chartArea.right, xScale.getPixelForValue(end.x));
  if (!Number.isFinite(y) || x < chartArea.left) return;
  const place = { x: x + 7, y: clamp(y, chartArea.top + 4, chartArea.bottom - 4) };
  context.save();
  context.font = `500 12px ${font}`;
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = HALO_PX;
  context.strokeStyle = surface;
  context.fillStyle = colour;
  const written = fitted(context, text, chart.width - place.x - 2);
  context.strokeText(written, place.x, place.y);
  context.fillText(written, place.x, place.y);
  context.restore();
}

function fitted(context: CanvasRenderingContext2D, text: string, roomPx: number): string {
  if (context.measureText(text).width <= roomPx) return text;
  let end = text.length;
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > roomPx) end--;
  return `${text.slice(0, end)}…`;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
