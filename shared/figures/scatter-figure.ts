// Points with error bars: accuracy against cost with its Pareto front, or error by depth with lines
// between the points of a kind. Pure.
import { EMPTY_EXTENT, extentOf, union } from './extent.ts';
import { axisAround } from './figure-axis.ts';
import { labelPlaces } from './label-places.ts';
import { plotOf } from './plot.ts';
import { element, picture, seriesColour, shortened, text, tip, type Size } from './svg.ts';

export interface FigurePoint {
  readonly label: string;
  /** Said when the pointer rests on it. */
  readonly tip: string;
  readonly colour: number;
  readonly isHollow: boolean;
  readonly x: number;
  readonly y: number;
  /** Ends of the error bar. */
  readonly low: number;
  readonly high: number;
}

export interface ScatterFigure {
  readonly label: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly isLogX: boolean;
  readonly formatX: (value: number) => string;
  readonly points: readonly FigurePoint[];
  /** Point numbers joined by a step line: the Pareto front. */
  readonly front?: readonly number[];
  /** Point numbers joined by straight lines, dashed where the points are hollow. */
  readonly lines?: readonly (readonly number[])[];
  readonly hasLabels: boolean;
}

export const SCATTER_SIZE: Size = { width: 720, height: 340 };

/** Longer names are shortened; the pointer is told the whole. */
const LABEL_PX = 190;

export function drawScatter(figure: ScatterFigure, size: Size = SCATTER_SIZE): string {
  const { points } = figure;
  const frame = { left: 58, right: size.width - 16, top: 14, bottom: size.height - 42 };
  const xs = extentOf(points.map(({ x }) => x));
  const room = (xs.high - xs.low || Math.abs(xs.high) || 1) * 0.06;
  const ys = points.map(({ low, high }) => extentOf([low, high])).reduce(union, EMPTY_EXTENT);
  const plot = plotOf(
    frame,
    axisAround(
      { title: figure.xTitle, side: 'across', isLog: figure.isLogX, text: figure.formatX },
      figure.isLogX
        ? { low: xs.low / 1.15, high: xs.high * 1.15 }
        : { low: xs.low - room, high: xs.high + room },
    ),
    axisAround({ title: figure.yTitle, side: 'up', isLog: false }, ys),
  );
  const px = (i: number): number => plot.x.toPixel(points[i]?.x ?? 0);
  const py = (i: number): number => plot.y.toPixel(points[i]?.y ?? 0);
  const front = figure.front ?? [];
  const frontPath = front
    .map((i, at) => (at === 0 ? `M${px(i)} ${py(i)}` : `H${px(i)}V${py(i)}`))
    .join('');
  const lines = (figure.lines ?? []).map((line) => {
    const first = points[line[0] ?? -1];
    if (!first) return '';
    return element('polyline', {
      points: line.map((i) => `${px(i).toFixed(1)},${py(i).toFixed(1)}`).join(' '),
      ...{ fill: 'none', stroke: seriesColour(first.colour), 'stroke-width': '1.5' },
      'stroke-dasharray': first.isHollow ? '5 4' : undefined,
    });
  });
  const labels = points.map(({ label }) => shortened(label, LABEL_PX));
  const places = figure.hasLabels
    ? labelPlaces(
        points.map((_, i) => ({ x: px(i), y: py(i), label: labels[i] ?? '' })),
        frame,
      )
    : [];
  const marks = points.map((point, i) => {
    const colour = seriesColour(point.colour);
    const [x, y] = [px(i), py(i)];
    const bar =
      point.low < point.high
        ? element('path', {
            d: `M${x} ${plot.y.toPixel(point.low)}V${plot.y.toPixel(point.high)}M${x - 4} ${plot.y.toPixel(point.low)}h8M${x - 4} ${plot.y.toPixel(point.high)}h8`,
            stroke: colour,
            'stroke-width': '1.25',
          })
        : '';
    const label = places[i];
    return element(
      'g',
      {},
      bar,
      element('circle', {
        ...{ cx: x, cy: y, r: 4.5, stroke: colour, 'stroke-width': '2' },
        fill: point.isHollow ? 'var(--surface-1)' : colour,
      }),
      label?.leader
        ? element('line', {
            ...{ x1: x, y1: y, x2: label.leader[0], y2: label.leader[1] },
            ...{ stroke: 'var(--text-3)', 'stroke-width': '1' },
          })
        : '',
      label
        ? text(labels[i] ?? '', {
            ...{ x: label.x, y: label.y, 'text-anchor': label.anchor, 'paint-order': 'stroke' },
            ...{ stroke: 'var(--surface-1)', 'stroke-width': '3' },
          })
        : '',
      tip(point.tip),
    );
  });
  return picture(
    size,
    figure.label,
    plot.svg,
    frontPath === ''
      ? ''
      : element('path', {
          d: frontPath,
          fill: 'none',
          stroke: 'var(--text-3)',
          'stroke-dasharray': '3 3',
        }),
    ...lines,
    ...marks,
  );
}
