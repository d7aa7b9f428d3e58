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

interface Layout {
  readonly top: number;
  readonly bottom: number;
  /** Of an axis, across. */
  readonly at: (axis: number) => number;
  /** Pixels between two axes. */
  readonly room: number;
}

export function drawParallel(
  figure: ParallelFigure,
  size: Size = { width: 720, height: 300 },
): string {
  const { axes, lines } = figure;
  const layout = layoutOf(axes.length, size);
  const scales = axes.map((axis) => scaleOf(axis, layout.bottom, layout.top));
  return picture(
    size,
    figure.label,
    ...lines.map((_, line) => drawLine(figure, line, scales, layout)),
    ...axes.map((axis, i) => drawAxis(axis, scales[i]?.ticks ?? [], layout.at(i), layout)),
  );
}

function layoutOf(axes: number, size: Size): Layout {
  const [left, right] = [60, size.width - 90];
  const vertical = { top: 40, bottom: size.height - 16 };
  if (axes < 2) return { ...vertical, at: () => (left + right) / 2, room: 200 };
  const spacing = (right - left) / (axes - 1);
  return { ...vertical, at: (axis) => left + spacing * axis, room: spacing - 4 };
}

function drawLine(
  { axes, lines }: ParallelFigure,
  line: number,
  scales: readonly ParallelScale[],
  { at }: Layout,
): string {
  const { label = '', colour = 0, isDashed = false } = lines[line] ?? {};
  const points = axes.flatMap(({ values }, i) => {
    const value = values[line] ?? null;
    const y = value === null ? undefined : scales[i]?.toPixel(value);
    return y === undefined ? [] : [`${place(at(i))} ${place(y)}`];
  });
  return element(
    'path',
    {
      d: points.length === 0 ? 'M0 0' : `M${points.join('L')}`,
      ...{ fill: 'none', stroke: seriesColour(colour) },
      ...{ 'stroke-width': '2', 'stroke-opacity': '0.85' },
      'stroke-dasharray': isDashed ? '6 4' : undefined,
    },
    tip(label),
  );
}

function drawAxis(
  { title }: ParallelAxis,
  ticks: ParallelScale['ticks'],
  x: number,
  { top, bottom, room }: Layout,
): string {
  const titleLines = inTwoLines(title, room).map((line, i, all) =>
    text(line, {
      ...{ x, y: 24 - TITLE_LINE_PX * (all.length - 1 - i) },
      ...{ 'text-anchor': 'middle', 'font-size': TITLE_PX },
    }),
  );
  const tickTexts = apart(ticks, bottom).map(([words, y]) =>
    element(
      'g',
      {},
      text(shortened(words, room - 12), {
        ...{ x: x + 6, y: y - 5, 'font-size': 11, fill: 'var(--text-1)' },
        ...{ 'paint-order': 'stroke', stroke: 'var(--surface-1)', 'stroke-width': '3' },
      }),
      tip(words),
    ),
  );
  return [
    element('line', { x1: x, x2: x, y1: top, y2: bottom, stroke: 'var(--border-strong)' }),
    element('g', {}, ...titleLines, tip(title)),
    ...tickTexts,
  ].join('');
}

const TITLE_PX = 11;
const TITLE_LINE_PX = 13;
const TICK_LINE_PX = 12;

/** Words over two lines where one has no room for them. */
function inTwoLines(title: string, room: number): readonly string[] {
  if (shortened(title, room, TITLE_PX) === title) return [title];
  const words = title.split(' ');
  let count = words.length - 1;
  const first = (): string => words.slice(0, count).join(' ');
  while (count > 1 && shortened(first(), room, TITLE_PX) !== first()) count--;
  const rest = words.slice(count).join(' ');
  return [first(), rest]
    .filter((line) => line !== '')
    .map((line) => shortened(line, room, TITLE_PX));
}

/** Values so far apart that each can be read, moved as little as possible downwards, else up from the bottom. */
function apart(
  ticks: readonly (readonly [string, number])[],
  bottom: number,
): readonly (readonly [string, number])[] {
  const placed: [string, number][] = [];
  for (const [words, y] of ticks.toSorted((a, b) => a[1] - b[1])) {
    const above = placed.at(-1)?.[1] ?? -Infinity;
    placed.push([words, Math.max(y, above + TICK_LINE_PX)]);
  }
  let limit = bottom;
  for (const tick of placed.toReversed()) {
    tick[1] = Math.min(tick[1], limit);
    limit = tick[1] - TICK_LINE_PX;
  }
  return placed;
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
