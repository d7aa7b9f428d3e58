// The frame of a chart in SVG: axes with ticks and titles, and the map from values to pixels. Pure.
import { linearRange, linearTicks, logRange, type AxisRange } from './axis-range.ts';
import { union, type Extent } from './extent.ts';
import { formatLogTick, logTicks } from './log-ticks.ts';
import { element, text } from './svg.ts';

export interface AxisInput {
  readonly title: string;
  readonly extent: Extent;
  readonly isLog?: boolean;
  readonly format?: (value: number) => string;
  /** What can't be exceeded, e.g. 0 and 100 %. */
  readonly bounds?: Extent;
  /** The axis ends where the data does, instead of at round numbers. */
  readonly isTight?: boolean;
  /** About `count` places within the range; round numbers unless said otherwise. */
  readonly ticks?: (range: AxisRange, count: number) => number[];
}

export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Plot {
  readonly frame: Frame;
  readonly x: Scale;
  readonly y: Scale;
  /** Grid, ticks and titles, to be drawn first. */
  readonly svg: string;
}

export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly isLog: boolean;
  readonly toPixel: (value: number) => number;
}

export function plotOf(frame: Frame, x: AxisInput, y: AxisInput): Plot {
  const across = scaleOf(x, frame.left, frame.right);
  const up = scaleOf(y, frame.bottom, frame.top);
  const xTicks = ticksOf(across, x, Math.max(2, (frame.right - frame.left) / 90));
  const yTicks = ticksOf(up, y, Math.max(2, (frame.bottom - frame.top) / 45));
  const lines = [
    ...yTicks.map((value) => {
      const at = up.toPixel(value);
      return element('line', {
        x1: frame.left,
        x2: frame.right,
        y1: at,
        y2: at,
        stroke: 'var(--grid)',
      });
    }),
    ...xTicks.map((value) => {
      const at = across.toPixel(value);
      return element('line', {
        x1: at,
        x2: at,
        y1: frame.top,
        y2: frame.bottom,
        stroke: 'var(--grid)',
      });
    }),
    element('line', {
      ...{ x1: frame.left, x2: frame.right, y1: frame.bottom, y2: frame.bottom },
      stroke: 'var(--border-strong)',
    }),
  ];
  const middle = (frame.top + frame.bottom) / 2;
  const words = [
    ...xTicks.map((value) =>
      text(tickText(value, x), {
        ...{ x: across.toPixel(value), y: frame.bottom + 16, 'text-anchor': 'middle' },
        ...{ fill: 'var(--text-3)', 'font-size': 11 },
      }),
    ),
    ...yTicks.map((value) =>
      text(tickText(value, y), {
        ...{ x: frame.left - 6, y: up.toPixel(value) + 4, 'text-anchor': 'end' },
        ...{ fill: 'var(--text-3)', 'font-size': 11 },
      }),
    ),
    text(x.title, {
      ...{ x: (frame.left + frame.right) / 2, y: frame.bottom + 34, 'text-anchor': 'middle' },
      fill: 'var(--text-3)',
    }),
    text(y.title, {
      ...{ x: 14, y: middle, 'text-anchor': 'middle', transform: `rotate(-90 14 ${middle})` },
      fill: 'var(--text-3)',
    }),
  ];
  return { frame, x: across, y: up, svg: [...lines, ...words].join('') };
}

function scaleOf(axis: AxisInput, from: number, to: number): Scale {
  const { extent, isLog = false, bounds, isTight = false } = axis;
  const isUsable = extent.low <= extent.high;
  const isExact = isTight && isUsable && extent.high > extent.low && (!isLog || extent.low > 0);
  const range = isExact
    ? { min: extent.low, max: extent.high }
    : isLog
      ? logRange(extent)
      : linearRange(isUsable ? extent : { low: 0, high: 1 });
  const kept = bounds ? union(bounds, bounds) : { low: -Infinity, high: Infinity };
  const min = isLog ? range.min : Math.max(range.min, kept.low);
  const max = isLog ? range.max : Math.min(range.max, kept.high);
  const share = isLog
    ? (value: number) => (Math.log(value) - Math.log(min)) / (Math.log(max) - Math.log(min))
    : (value: number) => (value - min) / (max - min);
  return { min, max, isLog, toPixel: (value) => from + share(value) * (to - from) };
}

function ticksOf({ min, max, isLog }: Scale, axis: AxisInput, count: number): number[] {
  if (isLog) return logTicks(min, max, Math.round(count));
  return axis.ticks ? axis.ticks({ min, max }, count) : linearTicks({ min, max }, count);
}

function tickText(value: number, axis: AxisInput): string {
  if (axis.format) return axis.format(value);
  return axis.isLog === true ? formatLogTick(value) : String(Number(value.toPrecision(6)));
}
