// Paints a chart of curves with Chart.js: from the model (shared/figures/line-model.ts) to a configuration. Pure:
// the same input gives the same chart, and tests compare it as data. It draws nothing and listens to nothing;
// Chart.svelte does.
import type { ChartConfiguration, ChartDataset, Scale } from 'chart.js';
import type { FigureAxis } from '../../shared/figures/figure-axis.ts';
import {
  endLabelRoom,
  hasEndLabel,
  lineAxes,
  lineLayers,
  type LineFigure,
} from '../../shared/figures/line-model.ts';
import type { SeriesColour } from '../../shared/figures/svg.ts';
import { withOpacity, type ChartTheme } from './theme.ts';

export interface LineChartInput {
  /** With the curves that are shown. */
  readonly figure: LineFigure;
  readonly theme: ChartTheme;
  /** Of the whole chart; in a narrow one a label at the line's end would take the curve's room. */
  readonly widthPx?: number;
  /** A legend names the curves. */
  readonly hasLegend?: boolean;
}

/** Half of a tick's label at the right edge. */
const TICK_ROOM_PX = 26;

export function isNamedAtEnd({
  figure,
  widthPx = Infinity,
  hasLegend = false,
}: Pick<LineChartInput, 'figure' | 'widthPx' | 'hasLegend'>): boolean {
  return !hasLegend && hasEndLabel(figure.curves.length, widthPx);
}

/** `datasets` are those of `lineDatasets`: while they stay the same, Chart.js prepares them only once. */
export function buildLineChart(
  input: LineChartInput,
  datasets: ChartDataset<'trace'>[] = lineDatasets(input.figure, input.theme),
): ChartConfiguration<'trace'> {
  const { figure, theme, widthPx = Infinity } = input;
  const { x, y } = lineAxes(figure);
  const [only] = figure.curves;
  const right = only && isNamedAtEnd(input) ? endLabelRoom(only.label, widthPx) : TICK_ROOM_PX;
  return {
    type: 'trace',
    data: { datasets },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      normalized: true,
      parsing: false,
      events: [],
      layout: { padding: { top: 6, right } },
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
      scales: {
        x: {
          ...scaleOptions(x, { theme, paddingPx: 6, lengthOf: (axis) => axis.width }),
          bounds: 'data',
          border: { color: theme.border },
          // The plot would change its width with the labels that come and go while it pans.
          afterFit: (axis: Scale) => Object.assign(axis, { paddingLeft: 0, paddingRight: 0 }),
        },
        y: {
          ...scaleOptions(y, { theme, paddingPx: 8, lengthOf: (axis) => axis.height }),
          border: { display: false },
        },
      },
    },
  };
}

function scaleOptions(
  { title, min, max, isLog, ticks, text }: FigureAxis,
  paint: {
    readonly theme: ChartTheme;
    readonly paddingPx: number;
    readonly lengthOf: (axis: Scale) => number;
  },
) {
  const { theme, paddingPx, lengthOf } = paint;
  const font = { family: theme.font, size: 12 };
  return {
    type: isLog ? ('logarithmic' as const) : ('linear' as const),
    ...{ min, max },
    title: { display: true, text: title, color: theme.faint, font },
    grid: { color: theme.grid, tickLength: 0 },
    ticks: {
      ...{ color: theme.faint, font, padding: paddingPx, maxRotation: 0, autoSkip: false },
      callback: (value: number | string) => text(Number(value)),
    },
    afterBuildTicks: (axis: Scale) => {
      axis.ticks = ticks(lengthOf(axis)).map((value) => ({ value }));
    },
  };
}

/** One for each layer; later ones lie on top. */
export function lineDatasets(
  figure: Pick<LineFigure, 'curves'>,
  theme: ChartTheme,
): ChartDataset<'trace'>[] {
  return lineLayers(figure).map((layer) => {
    const { kind, curve, opacity, widthPx, dash, trace, upper } = layer;
    return {
      ...{ type: 'trace', label: `${curve} ${kind}`, data: [], trace, widthPx, dash },
      colour: opacity === 1 ? colourOf(layer, theme) : withOpacity(colourOf(layer, theme), opacity),
      ...(upper ? { upper } : {}),
    };
  });
}

export function colourOf({ colour }: { readonly colour: SeriesColour }, theme: ChartTheme): string {
  if (colour === 'neutral') return theme.text;
  return theme.series[colour % theme.series.length] ?? theme.text;
}
