// Points with error bars: accuracy against cost with its Pareto front, or error by depth with lines
// between the points of a kind. Pure.
import { EMPTY_EXTENT, extentOf, union } from './extent.ts';
import { axisAround } from './figure-axis.ts';
import { labelPlaces, type Segment } from './label-places.ts';
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
const LABEL_PX = 260;

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
        [
          ...(figure.lines ?? []).flatMap((line) => segmentsOf(line.map((i) => [px(i), py(i)]))),
          ...segmentsOf(
            front.flatMap((i, at) => [
              [px(i), py(front[at - 1] ?? i)],
              [px(i), py(i)],
            ]),
          ),
          ...points.map(({ low, high }, i): Segment => [
            px(i),
            plot.y.toPixel(low),
            px(i),
            plot.y.toPixel(high),
          ]),
        ],
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
    return element(
      'g',
      {},
      bar,
      element('circle', {
        ...{ cx: x, cy: y, r: 4.5, stroke: colour, 'stroke-width': '2' },
        fill: point.isHollow ? 'var(--surface-1)' : colour,
      }),
      tip(point.tip),
    );
  });
  // After all marks, so that none strikes through a name.
  const names = points.map((point, i) => {
    const label = places[i];
    if (label === undefined) return '';
    const { leader } = label;
    return element(
      'g',
      {},
      leader === undefined
        ? ''
        : element('line', {
            ...{ x1: px(i), y1: py(i), x2: leader[0], y2: leader[1] },
            ...{ stroke: 'var(--text-3)', 'stroke-width': '1' },
          }),
      text(labels[i] ?? '', {
        ...{ x: label.x, y: label.y, 'text-anchor': label.anchor, 'paint-order': 'stroke' },
        ...{ stroke: 'var(--surface-1)', 'stroke-width': '3' },
      }),
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
    ...names,
  );
}

/** Between one place and the next. */
function segmentsOf(places: readonly (readonly number[])[]): Segment[] {
  return places.slice(1).map(([x = 0, y = 0], i): Segment => {
    const [fromX = 0, fromY = 0] = places[i] ?? [];
    return [fromX, fromY, x, y];
  });
}

/** What the dashed line means, where there is one: a front of one point joins nothing. */
export function frontNote({ front = [] }: ScatterFigure): string {
  return front.length < 2 ? '' : 'The dashed line is the Pareto front: nothing cheaper is as good.';
}
