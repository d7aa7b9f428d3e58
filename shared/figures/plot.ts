// The frame of a chart in SVG: axes with ticks and titles, and the map from values to pixels. Pure.
import { scaleLinear, scaleLog } from 'd3-scale';
import type { FigureAxis } from './figure-axis.ts';
import { element, text } from './svg.ts';

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
  readonly toValue: (pixel: number) => number;
}

export function plotOf(frame: Frame, x: FigureAxis, y: FigureAxis): Plot {
  const across = scaleOf(x, frame.left, frame.right);
  const up = scaleOf(y, frame.bottom, frame.top);
  const xTicks = x.ticks(frame.right - frame.left);
  const yTicks = y.ticks(frame.bottom - frame.top);
  const gridLine = (ends: { x1: number; x2: number; y1: number; y2: number }): string =>
    element('line', { ...ends, stroke: 'var(--grid)' });
  const lines = [
    ...yTicks.map((value) => {
      const at = up.toPixel(value);
      return gridLine({ x1: frame.left, x2: frame.right, y1: at, y2: at });
    }),
    ...xTicks.map((value) => {
      const at = across.toPixel(value);
      return gridLine({ x1: at, x2: at, y1: frame.top, y2: frame.bottom });
    }),
    element('line', {
      ...{ x1: frame.left, x2: frame.right, y1: frame.bottom, y2: frame.bottom },
      stroke: 'var(--border-strong)',
    }),
  ];
  const middle = (frame.top + frame.bottom) / 2;
  const tick = (words: string, axis: 'x' | 'y', at: Readonly<Record<string, string | number>>) =>
    text(words, { ...at, 'data-tick': axis, fill: 'var(--text-3)', 'font-size': 11 });
  const words = [
    ...xTicks.map((value) =>
      tick(x.text(value), 'x', {
        ...{ x: across.toPixel(value), y: frame.bottom + 16, 'text-anchor': 'middle' },
      }),
    ),
    ...yTicks.map((value) =>
      tick(y.text(value), 'y', {
        ...{ x: frame.left - 6, y: up.toPixel(value) + 4, 'text-anchor': 'end' },
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

/** From values of the axis to pixels and back. */
export function scaleOf(
  { min, max, isLog }: Pick<FigureAxis, 'min' | 'max' | 'isLog'>,
  from: number,
  to: number,
): Scale {
  const scale = (isLog ? scaleLog() : scaleLinear()).domain([min, max]).range([from, to]);
  return {
    ...{ min, max, isLog },
    toPixel: (value) => scale(value),
    toValue: (pixel) => scale.invert(pixel),
  };
}
