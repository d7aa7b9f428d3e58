// Direct labels at line ends: the name of each curve in its colour, moved apart where ends meet.
import type { Chart, ChartType, Plugin } from 'chart.js';
import { interpolate } from '../../shared/stats/band.ts';
import { indexAt } from '../../shared/index-at.ts';
import type { Trace } from './trace.ts';

export interface EndLabel {
  readonly text: string;
  readonly colour: string;
  readonly trace: Trace;
}

export interface Placed {
  readonly text: string;
  readonly colour: string;
  readonly x: number;
  readonly y: number;
}

const LINE_PX = 15;

/** Rising y at least a line apart, within [top, bottom]; order and sum of shifts stay small. */
export function moveApart(labels: readonly Placed[], top: number, bottom: number): Placed[] {
  const sorted = [...labels].sort((a, b) => a.y - b.y);
  const places = sorted.map((label) => Math.max(top, label.y));
  for (let i = 1; i < places.length; i++) {
    places[i] = Math.max(places[i] ?? 0, (places[i - 1] ?? 0) + LINE_PX);
  }
  const over = Math.max(0, (places.at(-1) ?? 0) - bottom);
  if (over > 0) {
    places[places.length - 1] = bottom;
    for (let i = places.length - 2; i >= 0; i--) {
      places[i] = Math.min(places[i] ?? 0, (places[i + 1] ?? 0) - LINE_PX);
    }
  }
  return sorted.map((label, i) => ({ ...label, y: Math.max(top, places[i] ?? label.y) }));
}

/** Draws the labels that `read` gives, on top of the curves. */
export function endLabels<T extends ChartType>(
  read: () => readonly EndLabel[],
  font: string,
): Plugin<T> {
  return {
    id: 'endLabels',
    afterDatasetsDraw: (chart) => drawLabels(chart as Chart, read(), font),
  };
}

function drawLabels(chart: Chart, labels: readonly EndLabel[], font: string): void {
  const { ctx: context, chartArea } = chart;
  const xScale = chart.scales['x'];
  const yScale = chart.scales['y'];
  if (!xScale || !yScale) return;
  const ends = labels.flatMap((label): Placed[] => {
    const end = visibleEnd(label.trace, xScale.max);
    if (!end) return [];
    const y = yScale.getPixelForValue(end.y);
    const x = Math.min(chartArea.right, xScale.getPixelForValue(end.x));
    if (!Number.isFinite(y) || x < chartArea.left) return [];
    return [
      {
        text: label.text,
        colour: label.colour,
        x: x + 7,
        y: clamp(y, chartArea.top, chartArea.bottom),
      },
    ];
  });
  context.save();
  context.font = `500 12px ${font}`;
  context.textBaseline = 'middle';
  for (const label of moveApart(ends, chartArea.top + 4, chartArea.bottom - 4)) {
    context.fillStyle = label.colour;
    context.fillText(fitted(context, label.text, chart.width - label.x - 2), label.x, label.y);
  }
  context.restore();
}

/** Where a curve leaves the plot: its last point, or the place where it crosses the right edge. */
export function visibleEnd(
  trace: Trace,
  max: number,
): { readonly x: number; readonly y: number } | undefined {
  const after = indexAt(trace.x, max);
  const crossing = after < trace.x.length && after > 0 ? interpolate(trace, max) : Number.NaN;
  if (Number.isFinite(crossing)) return { x: max, y: crossing };
  let index = Math.min(after, trace.x.length - 1);
  if ((trace.x[index] ?? Infinity) > max) index--;
  while (index >= 0 && !Number.isFinite(trace.y[index])) index--;
  const y = trace.y[index];
  return y === undefined ? undefined : { x: trace.x[index] ?? 0, y };
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
