// What a chart of curves shows: its axes with their ticks, its layers from the bottom to the top, and how its
// curves are named. Pure. Chart.js paints it on the page (renderer/charts/line-chart.ts), SVG in reports and
// files (line-figure.ts); neither decides anything of this itself.
import { clippedExtent } from '../curves/outliers.ts';
import { formatX, type XKind } from '../curves/x-axis.ts';
import { xTicks } from '../curves/x-ticks.ts';
import { growingEnd, linearRange, type AxisRange } from './axis-range.ts';
import { EMPTY_EXTENT, isEmpty, union, type Extent } from './extent.ts';
import { figureAxis, roundRange, type FigureAxis } from './figure-axis.ts';
import type { FigureCurve } from './figure-curve.ts';
import { shortLabels } from './short-labels.ts';
import { visibleExtent, type Trace } from './trace.ts';

export interface LineFigure {
  /** What the chart is about. */
  readonly label: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly curves: readonly FigureCurve[];
  /** Curves that are in the legend only, by number. */
  readonly hidden?: ReadonlySet<number>;
  /** How places of x are written; plain numbers without. */
  readonly xKind?: XKind;
  readonly isLogX?: boolean;
  readonly isLogY?: boolean;
  /** The part of x that is shown; all of it without. */
  readonly xRange?: AxisRange | null;
  /** The vertical axis leaves outliers out. */
  readonly isClipped?: boolean;
  /** Values are shares of one, written in percent. */
  readonly isShare?: boolean;
  /** New points come: the axis ends in steps, with room. */
  readonly isLive?: boolean;
  /** Where x will end: the axis reaches that far from the start. */
  readonly plannedEnd?: number | undefined;
}

export interface LineModel {
  readonly x: FigureAxis;
  readonly y: FigureAxis;
  /** The first one lies at the bottom. */
  readonly layers: readonly LineLayer[];
  readonly legend: readonly LegendEntry[];
}

/** Something that is painted of a curve: a line, or the area between `trace` and `upper`. */
export interface LineLayer {
  readonly kind: 'band' | 'raw' | 'member' | 'line';
  /** Number of its curve. */
  readonly curve: number;
  readonly colour: FigureCurve['colour'];
  readonly opacity: number;
  readonly widthPx: number;
  /** Lengths of dash and gap; empty for a line without. */
  readonly dash: readonly number[];
  readonly trace: Trace;
  readonly upper?: Trace;
}

export interface LegendEntry extends Pick<FigureCurve, 'label' | 'colour' | 'isDashed'> {
  /** The label without the words that all of them have. */
  readonly name: string;
}

/** With more curves than this, the raw ones behind would only be fog, and lines are finer. */
export const RAW_LIMIT = 12;
const RAW_OPACITY = 0.25;
const MEMBER_OPACITY = 0.5;
const BAND_OPACITY = 0.18;
const DASH = [6, 4];
const LINE_PX = 1.75;
const FINE_LINE_PX = 1.25;
const THIN_PX = 1;
/** A chart that is narrower has no room for a name at the end of its line. */
const END_LABEL_FROM_PX = 360;
const END_LABEL_PX = 150;
const END_LABEL_SHARE = 0.28;
const LETTER_PX = 6.5;
const BEFORE_LABEL_PX = 14;
const SHARE: Extent = { low: 0, high: 1 };

export function lineModel(figure: LineFigure): LineModel {
  return { ...lineAxes(figure), layers: lineLayers(figure), legend: lineLegend(figure.curves) };
}

export function lineAxes(figure: LineFigure): Pick<LineModel, 'x' | 'y'> {
  const { xKind, isLogX = false, isLogY = false, isShare = false } = figure;
  const shown = shownCurves(figure);
  const x = xRangeOf(figure, shown);
  const isBelowZero = isLogY && hasLineBelowZero(shown, x);
  const isLog = isLogY && !isBelowZero;
  const spread = x.max - x.min;
  return {
    x: figureAxis(
      {
        ...{ title: figure.xTitle, side: 'across', isLog: isLogX && xKind !== 'clock' },
        ...(xKind === undefined
          ? {}
          : {
              text: (value: number) => formatX(xKind, value, spread),
              places: (range: AxisRange, count: number) => xTicks(xKind, range, count),
            }),
      },
      x,
    ),
    y: figureAxis(
      {
        title: isBelowZero ? `${figure.yTitle}, linear: some are below 0` : figure.yTitle,
        ...{ side: 'up', isLog },
        ...(isShare ? { text: percentText } : {}),
      },
      yRangeOf(yExtentOf(figure, shown, x), { isLog, isShare }),
    ),
  };
}

/** Bands first, then raw curves, then seeds, then the curves that are read: later ones lie on top. */
export function lineLayers({ curves, hidden }: Pick<LineFigure, 'curves' | 'hidden'>): LineLayer[] {
  const shown = curves.flatMap((curve, at) => (hidden?.has(at) === true ? [] : [{ curve, at }]));
  const isCrowded = shown.length > RAW_LIMIT;
  const layer = (
    kind: LineLayer['kind'],
    { curve, at }: (typeof shown)[number],
    paint: Pick<LineLayer, 'trace'> & Partial<LineLayer>,
  ): LineLayer => ({
    ...{ kind, curve: at, colour: curve.colour, opacity: 1, widthPx: THIN_PX, dash: [] },
    ...paint,
  });
  const dashOf = ({ isDashed }: FigureCurve): readonly number[] => (isDashed ? DASH : []);
  return [
    ...shown.flatMap((one) => {
      const { band } = one.curve;
      if (!band) return [];
      return [layer('band', one, { trace: band.low, upper: band.high, opacity: BAND_OPACITY })];
    }),
    ...shown.flatMap((one) => {
      const { raw } = one.curve;
      return raw && !isCrowded ? [layer('raw', one, { trace: raw, opacity: RAW_OPACITY })] : [];
    }),
    ...shown.flatMap((one) =>
      one.curve.members.map((trace) =>
        layer('member', one, { trace, opacity: MEMBER_OPACITY, dash: dashOf(one.curve) }),
      ),
    ),
    ...shown.map((one) =>
      layer('line', one, {
        trace: one.curve.line,
        widthPx: isCrowded ? FINE_LINE_PX : LINE_PX,
        dash: dashOf(one.curve),
      }),
    ),
  ];
}

export function lineLegend(curves: readonly Omit<LegendEntry, 'name'>[]): LegendEntry[] {
  const names = shortLabels(curves.map(({ label }) => label));
  return curves.map(({ label, colour, isDashed }, i) => ({
    ...{ label, colour, isDashed, name: names[i] ?? label },
  }));
}

/** A single curve is named at its end; several are named by the legend, which also hides them. */
export function hasEndLabel(curveCount: number, widthPx: number): boolean {
  return curveCount === 1 && widthPx >= END_LABEL_FROM_PX;
}

/** To the right of the plot; what is longer is shortened. */
export function endLabelRoom(name: string, widthPx: number): number {
  const most = Math.min(END_LABEL_PX, widthPx * END_LABEL_SHARE);
  return Math.min(most, BEFORE_LABEL_PX + name.length * LETTER_PX);
}

function shownCurves({ curves, hidden }: LineFigure): readonly FigureCurve[] {
  return hidden ? curves.filter((_, i) => !hidden.has(i)) : curves;
}

/** The x axis when nothing is zoomed. */
export function wholeXRange(figure: LineFigure): AxisRange {
  return xRangeOf({ ...figure, xRange: null }, shownCurves(figure));
}

/** All that is drawn of it. */
function tracesOf({ line, raw, band, members }: FigureCurve, hasRaw: boolean): Trace[] {
  return [
    line,
    ...(raw && hasRaw ? [raw] : []),
    ...(band ? [band.low, band.high] : []),
    ...members,
  ];
}

function xRangeOf(figure: LineFigure, shown: readonly FigureCurve[]): AxisRange {
  const { xRange, xKind, isLogX = false, isLive = false, plannedEnd } = figure;
  if (xRange) return xRange;
  let low = Infinity;
  let high = -Infinity;
  for (const { x } of shown.flatMap((curve) => tracesOf(curve, true))) {
    if (x.length === 0) continue;
    low = Math.min(low, x[0] ?? Infinity);
    high = Math.max(high, x[x.length - 1] ?? -Infinity);
  }
  if (low > high) return emptyXRange(figure);
  if (xKind === 'clock') {
    const end = isLive ? low + growingEnd(high - low) : high;
    return { min: low, max: end > low ? end : low + 1000 };
  }
  const growing = isLive ? growingEnd(high) : high;
  const max = plannedEnd === undefined ? growing : Math.max(high, plannedEnd);
  if (isLogX) {
    const min = Math.max(low, high / 1e6, xKind === 'step' ? 1 : 0);
    return { min, max: max > min ? max : min * 10 };
  }
  const min = Math.min(0, low);
  return { min, max: max > min ? max : min + 1 };
}

function emptyXRange({ xKind, isLogX = false, plannedEnd }: LineFigure): AxisRange {
  const end = plannedEnd ?? (xKind === 'epoch' && !isLogX ? 1 : 100);
  return isLogX && xKind !== 'clock' ? { min: 1, max: Math.max(10, end) } : { min: 0, max: end };
}

/**
 * No logarithmic axis reaches there: the loss of a Gaussian decoder is minus the logarithm of a density. The lower
 * end of a band alone is cut off instead.
 */
function hasLineBelowZero(shown: readonly FigureCurve[], { min, max }: AxisRange): boolean {
  return shown.some(({ line }) => visibleExtent(line, { low: min, high: max }).low < 0);
}

function yExtentOf(
  { isClipped = false }: LineFigure,
  shown: readonly FigureCurve[],
  x: AxisRange,
): Extent {
  const visible: Extent = { low: x.min, high: x.max };
  const hasRaw = shown.length <= RAW_LIMIT;
  return isClipped
    ? clippedExtent(
        shown.map(({ raw, line }) => (hasRaw && raw ? raw : line)),
        visible,
      )
    : shown
        .flatMap((curve) => tracesOf(curve, hasRaw))
        .map((trace) => visibleExtent(trace, visible))
        .reduce(union, EMPTY_EXTENT);
}

function yRangeOf(
  extent: Extent,
  { isLog, isShare }: { readonly isLog: boolean; readonly isShare: boolean },
): AxisRange {
  if (isLog) return roundRange(extent, true);
  if (!isShare) return linearRange(extent);
  if (isEmpty(extent)) return { min: SHARE.low, max: SHARE.high };
  const { min, max } = linearRange(extent);
  return { min: Math.max(SHARE.low, min), max: Math.min(SHARE.high, max) };
}

function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`;
}
