// A finding's rows of points as a picture: error bars, lines between the points, a legend above. Pure.
import type { FigureSeries, PointsFigure } from '../contract/findings.ts';
import { formatNorm } from '../format.ts';
import { EMPTY_EXTENT, extentOf, union, type Extent } from './extent.ts';
import { axisAround } from './figure-axis.ts';
import { lineLegend } from './line-model.ts';
import { plotOf, type Plot } from './plot.ts';
import { element, picture, place, seriesColour, tip, type Size } from './svg.ts';
import { svgLegend } from './svg-legend.ts';

export const POINTS_SIZE: Size = { width: 720, height: 320 };
const LEFT_PX = 62;
/** Of a cap of an error bar, half. */
const CAP_PX = 3.5;
/** Marks of more points than these would stand upon each other. */
const MARKED = 80;

type Point = FigureSeries['points'][number];

export function drawPoints(figure: PointsFigure, size: Size = POINTS_SIZE): string {
  const legend = svgLegend(lineLegend(figure.series), { left: LEFT_PX, width: size.width - 70 });
  const frame = {
    left: LEFT_PX,
    right: size.width - 16,
    top: 8 + legend.heightPx,
    bottom: size.height - 42,
  };
  const points = figure.series.flatMap((series) => series.points);
  const across = extentOf(points.map(({ x }) => x));
  const plot = plotOf(
    frame,
    axisAround(
      { title: figure.xTitle, side: 'across', isLog: figure.isLogX, isTight: true },
      withRoom(across, figure.isLogX),
    ),
    axisAround(
      { title: figure.yTitle, side: 'up', isLog: figure.isLogY },
      yExtent(points, figure.isLogY),
    ),
  );
  const drawn = figure.series.map((series) => drawSeries(series, plot));
  return picture(size, figure.title, plot.svg, ...drawn, legend.svg);
}

function drawSeries(series: FigureSeries, plot: Plot): string {
  const colour = seriesColour(series.colour);
  const known = series.points.filter((point) => isDrawn(point, plot));
  const at = ({ x, y }: Point): string =>
    `${place(plot.x.toPixel(x))},${place(plot.y.toPixel(y ?? 0))}`;
  const line =
    series.isJoined && known.length > 1
      ? element('polyline', {
          points: known.map(at).join(' '),
          ...{ fill: 'none', stroke: colour, 'stroke-width': '1.75', 'stroke-linejoin': 'round' },
          'stroke-dasharray': series.isDashed ? '6 4' : undefined,
        })
      : '';
  const isMarked = !series.isJoined || known.length <= MARKED;
  const marks = known.map((point) =>
    element(
      'g',
      {},
      errorBar(point, plot, colour),
      isMarked
        ? element('circle', {
            ...{ cx: plot.x.toPixel(point.x), cy: plot.y.toPixel(point.y ?? 0), r: 3.5 },
            ...{ stroke: colour, 'stroke-width': '1.5' },
            fill: series.isDashed ? 'var(--surface-1)' : colour,
          })
        : '',
      tip(tipOf(series, point)),
    ),
  );
  return element('g', {}, line, ...marks);
}

function errorBar({ x, y, low, high }: Point, plot: Plot, colour: string): string {
  if (y === null || typeof low !== 'number' || typeof high !== 'number' || low >= high) return '';
  const floor = plot.y.isLog ? Math.max(low, plot.y.min) : low;
  const [at, from, to] = [plot.x.toPixel(x), plot.y.toPixel(floor), plot.y.toPixel(high)];
  return element('path', {
    d: `M${place(at)} ${place(from)}V${place(to)}M${place(at - CAP_PX)} ${place(from)}h${2 * CAP_PX}M${place(at - CAP_PX)} ${place(to)}h${2 * CAP_PX}`,
    ...{ stroke: colour, 'stroke-width': '1.25', 'stroke-opacity': '0.7', fill: 'none' },
  });
}

function isDrawn({ x, y }: Point, plot: Plot): boolean {
  if (y === null || !Number.isFinite(y)) return false;
  return (!plot.y.isLog || y > 0) && (!plot.x.isLog || x > 0);
}

function tipOf({ label }: FigureSeries, { x, y, low, high, note }: Point): string {
  const spread =
    typeof low === 'number' && typeof high === 'number' && low < high
      ? ` (${formatNorm(low)} to ${formatNorm(high)})`
      : '';
  const words = `${label}: ${formatNorm(x)} → ${formatNorm(y ?? Number.NaN)}${spread}`;
  return note === undefined ? words : `${words}, ${note}`;
}

function withRoom({ low, high }: Extent, isLog: boolean): Extent {
  if (!(low <= high)) return { low: 0, high: 1 };
  if (isLog) return { low: low / 1.1, high: high * 1.1 };
  const room = (high - low || Math.abs(high) || 1) * 0.04;
  return { low: low - room, high: high + room };
}

function yExtent(points: readonly Point[], isLog: boolean): Extent {
  const values = points.map(({ y, low, high }) =>
    extentOf(
      [y, low, high].filter(
        (value): value is number => typeof value === 'number' && (!isLog || value > 0),
      ),
    ),
  );
  return values.reduce(union, EMPTY_EXTENT);
}
