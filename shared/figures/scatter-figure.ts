// Points with error bars: accuracy against cost with its Pareto front, or error by depth with lines
// between the points of a kind. Pure.
import { EMPTY_EXTENT, extentOf, union } from './extent.ts';
import { axisAround, type FigureAxis } from './figure-axis.ts';
import { labelPlaces, type Segment } from './label-places.ts';
import { plotOf, type Frame } from './plot.ts';
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
  const frame = { left: 58, right: size.width - 16, top: 14, bottom: size.height - 42 };
  const plot = plotOf(frame, xAxis(figure), yAxis(figure));
  const places = figure.points.map((point): Placed => ({
    point,
    x: plot.x.toPixel(point.x),
    y: plot.y.toPixel(point.y),
    low: plot.y.toPixel(point.low),
    high: plot.y.toPixel(point.high),
  }));
  return picture(
    size,
    figure.label,
    plot.svg,
    drawFront(places, figure.front ?? []),
    ...(figure.lines ?? []).map((line) => drawLine(picked(places, line))),
    ...places.map(drawMark),
    // After all marks, so that none strikes through a name.
    ...(figure.hasLabels ? drawLabels(figure, places, frame) : []),
  );
}

/** A point in pixels, with the ends of its error bar. */
interface Placed {
  readonly point: FigurePoint;
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

function xAxis({ points, xTitle: title, isLogX: isLog, formatX }: ScatterFigure): FigureAxis {
  const { low, high } = extentOf(points.map(({ x }) => x));
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return axisAround(
    { title, side: 'across', isLog, text: formatX },
    isLog ? { low: low / 1.15, high: high * 1.15 } : { low: low - room, high: high + room },
  );
}

function yAxis({ points, yTitle: title }: ScatterFigure): FigureAxis {
  const extents = points.map(({ low, high }) => extentOf([low, high]));
  return axisAround({ title, side: 'up', isLog: false }, extents.reduce(union, EMPTY_EXTENT));
}

/** Those with these numbers, in this order. */
function picked(places: readonly Placed[], numbers: readonly number[]): Placed[] {
  return numbers.flatMap((number) => places[number] ?? []);
}

function drawFront(places: readonly Placed[], front: readonly number[]): string {
  const d = picked(places, front)
    .map(({ x, y }, i) => (i === 0 ? `M${x} ${y}` : `H${x}V${y}`))
    .join('');
  if (d === '') return '';
  return element('path', { d, fill: 'none', stroke: 'var(--text-3)', 'stroke-dasharray': '3 3' });
}

function drawLine(line: readonly Placed[]): string {
  const [first] = line;
  if (!first) return '';
  return element('polyline', {
    points: line.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '),
    ...{ fill: 'none', stroke: seriesColour(first.point.colour), 'stroke-width': '1.5' },
    'stroke-dasharray': first.point.isHollow ? '5 4' : undefined,
  });
}

function drawMark({ point, x, y, low, high }: Placed): string {
  const stroke = seriesColour(point.colour);
  const bar =
    point.low < point.high
      ? element('path', {
          d: `M${x} ${low}V${high}M${x - 4} ${low}h8M${x - 4} ${high}h8`,
          ...{ stroke, 'stroke-width': '1.25' },
        })
      : '';
  const circle = element('circle', {
    ...{ cx: x, cy: y, r: 4.5, stroke, 'stroke-width': '2' },
    fill: point.isHollow ? 'var(--surface-1)' : stroke,
  });
  return element('g', {}, bar, circle, tip(point.tip));
}

function drawLabels(figure: ScatterFigure, places: readonly Placed[], frame: Frame): string[] {
  const labels = places.map(({ point }) => shortened(point.label, LABEL_PX));
  const labelled = places.map(({ x, y }, i) => ({ x, y, label: labels[i] ?? '' }));
  const found = labelPlaces(labelled, frame, drawnSegments(figure, places));
  return places.map(({ point, x, y }, i) => {
    const label = found[i];
    if (label === undefined) return '';
    const { leader } = label;
    return element(
      'g',
      {},
      leader === undefined
        ? ''
        : element('line', {
            ...{ x1: x, y1: y, x2: leader[0], y2: leader[1] },
            ...{ stroke: 'var(--text-3)', 'stroke-width': '1' },
          }),
      text(labels[i] ?? '', {
        ...{ x: label.x, y: label.y, 'text-anchor': label.anchor, 'paint-order': 'stroke' },
        ...{ stroke: 'var(--surface-1)', 'stroke-width': '3' },
      }),
      tip(point.tip),
    );
  });
}

/** What a name should not lie on. */
function drawnSegments({ lines = [], front = [] }: ScatterFigure, places: readonly Placed[]) {
  const steps = picked(places, front);
  return [
    ...lines.flatMap((line) => segmentsOf(picked(places, line).map(({ x, y }) => [x, y]))),
    ...segmentsOf(
      steps.flatMap(({ x, y }, i) => [
        [x, steps[i - 1]?.y ?? y],
        [x, y],
      ]),
    ),
    ...places.map(({ x, low, high }): Segment => [x, low, x, high]),
  ];
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
