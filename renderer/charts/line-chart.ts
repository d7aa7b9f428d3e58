// From curves and a view to a Chart.js configuration. Pure: the same input gives the same chart, and
// tests compare it as data. It draws nothing and listens to nothing; Chart.svelte does.
import type { ChartConfiguration, ChartDataset, Scale } from 'chart.js';
import {
  growingEnd,
  linearRange,
  linearTicks,
  logRange,
  type AxisRange,
} from '../../shared/figures/axis-range.ts';
import { tracesOf, type Curve } from './curve.ts';
import { formatLogTick, logTicks } from '../../shared/figures/log-ticks.ts';
import { clippedExtent } from '../../shared/curves/outliers.ts';
import { shortLabels } from './short-labels.ts';
import { withOpacity, type ChartTheme } from './theme.ts';
import { EMPTY_EXTENT, isEmpty, union, type Extent } from '../../shared/figures/extent.ts';
import { visibleExtent, type Trace } from './trace.ts';
import { formatX, X_TITLES, type XKind } from '../../shared/curves/x-axis.ts';
import { xTicks } from '../../shared/curves/x-ticks.ts';

export interface LineView {
  readonly x: XKind;
  readonly xScale: 'linear' | 'log';
  readonly yScale: 'linear' | 'log';
  /** The zoomed part of x; null is everything. */
  readonly range: AxisRange | null;
  readonly isClipped: boolean;
  /** New points come: the axis ends in steps, with room. */
  readonly isLive: boolean;
  /** Where x will end: the axis reaches that far from the start. Unknown on an axis of time. */
  readonly plannedEnd?: number | undefined;
}

export interface LineChartInput {
  /** Those that are shown. */
  readonly curves: readonly Curve[];
  readonly view: LineView;
  readonly theme: ChartTheme;
  readonly yTitle: string;
  /** Instead of the title that belongs to the kind of x. */
  readonly xTitle?: string;
  /** Writes a value of the axis, with its unit if it has one. */
  readonly formatY: (value: number) => string;
  /** What cannot be exceeded, e.g. 0 and 1 for a share. */
  readonly yBounds?: AxisRange;
  /** Of the whole chart; in a narrow one a label at the line's end would take the curve's room. */
  readonly widthPx?: number;
  /** A legend names the curves. */
  readonly hasLegend?: boolean;
}

const DIRECT_LABEL_WIDTH_PX = 360;
const LABEL_ROOM_PX = 150;
const LABEL_ROOM_SHARE = 0.28;
/** With more curves than this, the raw ones behind would only be fog. */
const RAW_LIMIT = 12;
const RAW_OPACITY = 0.25;
const MEMBER_OPACITY = 0.5;
const BAND_OPACITY = 0.18;
const DASH = [6, 4];
/** Half of a tick's label at the right edge. */
const TICK_ROOM_PX = 26;

/** A single curve is named at its end; several are named by the legend, which also hides them. */
export function hasEndLabel({
  curves,
  widthPx,
  hasLegend = false,
}: Pick<LineChartInput, 'curves' | 'widthPx' | 'hasLegend'>): boolean {
  if (hasLegend || (widthPx !== undefined && widthPx < DIRECT_LABEL_WIDTH_PX)) return false;
  return curves.length === 1;
}

/** `datasets` are those of `lineDatasets`: while they stay the same, Chart.js prepares them only once. */
export function buildLineChart(
  input: LineChartInput,
  datasets: ChartDataset<'trace'>[] = lineDatasets(input.curves, input.theme),
): ChartConfiguration<'trace'> {
  const { curves, view, theme, yTitle, formatY } = input;
  const x = xRange(curves, view);
  const y = yRange(curves, x, input);
  const spread = x.max - x.min;
  const isLogX = view.xScale === 'log' && view.x !== 'clock';
  const isLogY = view.yScale === 'log';
  const font = { family: theme.font, size: 12 };
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
      layout: {
        padding: {
          top: 6,
          right: hasEndLabel(input) ? labelRoom(curves, input.widthPx) : TICK_ROOM_PX,
        },
      },
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
      scales: {
        x: {
          type: isLogX ? 'logarithmic' : 'linear',
          ...x,
          bounds: 'data',
          title: {
            display: true,
            text: input.xTitle ?? X_TITLES[view.x],
            color: theme.faint,
            font,
          },
          grid: { color: theme.grid, tickLength: 0 },
          border: { color: theme.border },
          ticks: {
            color: theme.faint,
            font,
            padding: 6,
            maxTicksLimit: 8,
            maxRotation: 0,
            autoSkipPadding: 16,
            callback: (value) => formatX(view.x, Number(value), spread),
          },
          // The plot would change its width with the labels that come and go while it pans.
          afterFit: (axis) => Object.assign(axis, { paddingLeft: 0, paddingRight: 0 }),
          afterBuildTicks: (axis) =>
            isLogX && !isNarrow(x) ? ticksOfLog(axis) : ticksOfTime(axis, view.x),
        },
        y: {
          type: isLogY ? 'logarithmic' : 'linear',
          ...y,
          title: { display: true, text: yTitle, color: theme.faint, font },
          grid: { color: theme.grid, tickLength: 0 },
          border: { display: false },
          ticks: {
            color: theme.faint,
            font,
            padding: 8,
            maxTicksLimit: 7,
            callback: (value) =>
              isLogY && input.yBounds === undefined && !isNarrow(y)
                ? formatLogTick(Number(value))
                : formatY(Number(value)),
          },
          afterBuildTicks: isLogY && !isNarrow(y) ? ticksOfLog : ticksOfValue,
        },
      },
    },
  };
}

/** Within less than this, round numbers are as good on a logarithmic axis as powers, and closer. */
const NARROW_RATIO = 4;

function isNarrow({ min, max }: AxisRange): boolean {
  return min > 0 && max / min < NARROW_RATIO;
}

function ticksOfLog(axis: Scale): void {
  axis.ticks = logTicks(axis.min, axis.max).map((value) => ({ value }));
}

function ticksOfTime(axis: Scale, kind: XKind): void {
  const { min, max } = axis;
  const count = Math.max(4, Math.min(8, axis.width / 70));
  axis.ticks = xTicks(kind, { min, max }, count).map((value) => ({ value }));
}

function ticksOfValue(axis: Scale): void {
  const count = Math.max(2, Math.min(6, axis.height / 40));
  axis.ticks = linearTicks({ min: axis.min, max: axis.max }, count).map((value) => ({ value }));
}

/** Bands first, then raw curves, then the curves that are read: later ones lie on top. */
export function lineDatasets(curves: readonly Curve[], theme: ChartTheme): ChartDataset<'trace'>[] {
  const showRaw = curves.length <= RAW_LIMIT;
  const bands = curves.flatMap((curve) => {
    if (!curve.band) return [];
    const colour = withOpacity(colourOf(curve, theme), BAND_OPACITY);
    return [dataset(`${curve.id}:band`, curve.band.low, colour, { upper: curve.band.high })];
  });
  const raw = curves.flatMap((curve) =>
    curve.raw && showRaw
      ? [
          dataset(`${curve.id}:raw`, curve.raw, withOpacity(colourOf(curve, theme), RAW_OPACITY), {
            widthPx: 1,
          }),
        ]
      : [],
  );
  const members = curves.flatMap((curve) =>
    curve.members.map((trace, i) =>
      dataset(`${curve.id}:${i}`, trace, withOpacity(colourOf(curve, theme), MEMBER_OPACITY), {
        widthPx: 1,
        dash: curve.isDashed ? DASH : [],
      }),
    ),
  );
  const main = curves.map((curve) =>
    dataset(curve.id, curve.line, colourOf(curve, theme), {
      widthPx: curves.length > RAW_LIMIT ? 1.25 : 1.75,
      dash: curve.isDashed ? DASH : [],
    }),
  );
  return [...bands, ...raw, ...members, ...main];
}

function dataset(
  label: string,
  trace: Trace,
  colour: string,
  style: { readonly widthPx?: number; readonly dash?: readonly number[]; readonly upper?: Trace },
): ChartDataset<'trace'> {
  const { widthPx = 1, dash = [], upper } = style;
  return {
    type: 'trace',
    label,
    data: [],
    trace,
    colour,
    widthPx,
    dash,
    ...(upper ? { upper } : {}),
  };
}

export function colourOf(curve: Pick<Curve, 'colour'>, theme: ChartTheme): string {
  if (curve.colour === 'neutral') return theme.text;
  return theme.series[curve.colour] ?? theme.text;
}

/** The x axis when nothing is zoomed. */
export function wholeXRange({ curves, view }: LineChartInput): AxisRange {
  return xRange(curves, { ...view, range: null });
}

function xRange(curves: readonly Curve[], view: LineView): AxisRange {
  if (view.range) return view.range;
  let low = Infinity;
  let high = -Infinity;
  for (const { x } of curves.flatMap(tracesOf)) {
    if (x.length === 0) continue;
    low = Math.min(low, x[0] ?? Infinity);
    high = Math.max(high, x[x.length - 1] ?? -Infinity);
  }
  if (low > high) return emptyXRange(view);
  if (view.x === 'clock') {
    const end = view.isLive ? low + growingEnd(high - low) : high;
    return { min: low, max: end > low ? end : low + 1000 };
  }
  const growing = view.isLive ? growingEnd(high) : high;
  const max = view.plannedEnd === undefined ? growing : Math.max(high, view.plannedEnd);
  if (view.xScale === 'log') {
    const min = Math.max(low, high / 1e6, view.x === 'step' ? 1 : 0);
    return { min, max: max > min ? max : min * 10 };
  }
  return { min: 0, max: max > 0 ? max : 1 };
}

function emptyXRange(view: LineView): AxisRange {
  const { plannedEnd = view.x === 'epoch' && view.xScale === 'linear' ? 1 : 100 } = view;
  return view.xScale === 'log'
    ? { min: 1, max: Math.max(10, plannedEnd) }
    : { min: 0, max: plannedEnd };
}

function yRange(curves: readonly Curve[], x: AxisRange, input: LineChartInput): AxisRange {
  const { view, yBounds } = input;
  const visible: Extent = { low: x.min, high: x.max };
  const showRaw = curves.length <= RAW_LIMIT;
  const extent = view.isClipped
    ? clippedExtent(
        curves.map(({ raw, line }) => (showRaw && raw ? raw : line)),
        visible,
      )
    : curves
        .flatMap((curve) => tracesOf(showRaw ? curve : { ...curve, raw: null }))
        .map((trace) => visibleExtent(trace, visible))
        .reduce(union, EMPTY_EXTENT);
  const range = linearRange(extent);
  if (view.yScale === 'log') return isNarrow(range) ? range : logRange(extent);
  if (!yBounds || isEmpty(extent)) return yBounds && isEmpty(extent) ? yBounds : range;
  return { min: Math.max(yBounds.min, range.min), max: Math.min(yBounds.max, range.max) };
}

/** About six and a half pixels a letter at 12 px; the plug-in shortens what is longer. */
function labelRoom(curves: readonly Curve[], widthPx: number | undefined): number {
  const labels = shortLabels(curves.map((curve) => curve.label));
  const longest = Math.max(...labels.map((label) => label.length));
  const most = Math.min(LABEL_ROOM_PX, (widthPx ?? Infinity) * LABEL_ROOM_SHARE);
  return Math.min(most, 14 + longest * 6.5);
}
