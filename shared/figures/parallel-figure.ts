// Parallel coordinates: an axis a field, a line a group. Pure. Axes of numbers are scaled, axes of words
// have a place for each.
import { linearRange, linearTicks } from './axis-range.ts';
import { extentOf } from './extent.ts';
import { element, picture, place, seriesColour, shortened, text, tip, type Size } from './svg.ts';

export interface ParallelAxis {
  readonly title: string;
  /** One a line; null where the line has no such thing. */
  readonly values: readonly (number | string | null)[];
  readonly format: (value: number) => string;
}

export interface ParallelFigure {
  readonly label: string;
  readonly axes: readonly ParallelAxis[];
  readonly lines: readonly {
    readonly label: string;
    readonly colour: number;
    readonly isDashed: boolean;
  }[];
}

export function drawParallel(
  figure: ParallelFigure,
  size: Size = { width: 720, height: 300 },
): string {
  const { axes, lines } = figure;
  const top = 40;
  const bottom = size.height - 16;
  const left = 60;
  const right = size.width - 90;
  const at = (axis: number): number =>
    axes.length < 2 ? (left + right) / 2 : left + ((right - left) * axis) / (axes.length - 1);
  const room = axes.length < 2 ? 200 : (right - left) / (axes.length - 1) - 16;
  const scales = axes.map((axis) => scaleOf(axis, bottom, top));
  const paths = lines.map(({ label, colour, isDashed }, line) => {
    const points = axes.flatMap((axis, i) => {
      const value = axis.values[line] ?? null;
      const y = value === null ? undefined : scales[i]?.toPixel(value);
      return y === undefined ? [] : [`${place(at(i))} ${place(y)}`];
    });
    return element(
      'path',
      {
        d: points.length === 0 ? 'M0 0' : `M${points.join('L')}`,
        ...{
          fill: 'none',
          stroke: seriesColour(colour),
          'stroke-width': '2',
          'stroke-opacity': '0.85',
        },
        'stroke-dasharray': isDashed ? '6 4' : undefined,
      },
      tip(label),
    );
  });
  const rules = axes.map((axis, i) => {
    const x = at(i);
    const ticks = (scales[i]?.ticks ?? []).map(([words, y]) =>
      element(
        'g',
        {},
        text(shortened(words, room - 8), {
          ...{ x: x + 6, y: y - 5, 'font-size': 11, fill: 'var(--text-1)' },
          ...{ 'paint-order': 'stroke', stroke: 'var(--surface-1)', 'stroke-width': '3' },
        }),
        tip(words),
      ),
    );
    return [
      element('line', { x1: x, x2: x, y1: top, y2: bottom, stroke: 'var(--border-strong)' }),
      element(
        'g',
        {},
        text(shortened(axis.title, room), {
          x,
          y: i % 2 === 0 || axes.length < 5 ? 24 : 10,
          'text-anchor': 'middle',
        }),
        tip(axis.title),
      ),
      ...ticks,
    ].join('');
  });
  return picture(size, figure.label, ...paths, ...rules);
}

interface ParallelScale {
  readonly toPixel: (value: number | string) => number | undefined;
  readonly ticks: readonly (readonly [string, number])[];
}

function scaleOf(axis: ParallelAxis, bottom: number, top: number): ParallelScale {
  const known = axis.values.filter((value) => value !== null);
  const numbers = known.filter((value) => typeof value === 'number');
  if (numbers.length > 0 && numbers.length === known.length) {
    const { min, max } = linearRange(extentOf(numbers));
    const toPixel = (value: number | string): number =>
      bottom + ((Number(value) - min) / (max - min)) * (top - bottom);
    const distinct = [...new Set(numbers)];
    const shown = distinct.length <= 5 ? distinct : linearTicks({ min, max }, 5);
    return { toPixel, ticks: shown.map((value) => [axis.format(value), toPixel(value)] as const) };
  }
  const words = [...new Set(known.map(String))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const toPixel = (value: number | string): number | undefined => {
    const index = words.indexOf(String(value));
    if (index < 0) return undefined;
    return words.length === 1
      ? (top + bottom) / 2
      : bottom + (index / (words.length - 1)) * (top - bottom);
  };
  return { toPixel, ticks: words.map((word) => [word, toPixel(word) ?? 0] as const) };
}
