// Accuracy by confidence in bins, with how many images each holds: on the diagonal confidence is true. Pure.
import { formatExact, formatPercent } from '../format.ts';
import type { CalibrationReport } from '../contract/app/outputs.ts';
import { element, picture, text, tip } from './svg.ts';

type Reliability = CalibrationReport['before'];
type Bin = Reliability['bins'][number];

const SIDE = 260;
const COUNTS = 56;
const LEFT = 48;
const TOP = 8;
const BASE = TOP + SIDE + 22 + COUNTS;
const SIZE = { width: LEFT + SIDE + 16, height: BASE + 38 };
const TICKS = [0, 0.25, 0.5, 0.75, 1];
const TICK = { fill: 'var(--text-3)', 'font-size': 11 };

const x = (value: number): number => LEFT + value * SIDE;
const y = (value: number): number => TOP + (1 - value) * SIDE;

export function drawReliability(label: string, { bins }: Reliability): string {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const width = SIDE / bins.length - 2;
  return picture(
    SIZE,
    label,
    ...TICKS.flatMap(tickMarks),
    ...bins.map((bin) => binMarks(bin, { most, width })),
    element('line', {
      ...{ x1: x(0), y1: y(0), x2: x(1), y2: y(1) },
      ...{ stroke: 'var(--text-2)', 'stroke-dasharray': '4 4' },
    }),
    element('line', {
      ...{ x1: x(0), x2: x(1), y1: BASE, y2: BASE, stroke: 'var(--border-strong)' },
    }),
    text(formatExact(most), { ...TICK, x: LEFT - 6, y: BASE - COUNTS + 8, 'text-anchor': 'end' }),
    text('Confidence (%)', { x: x(0.5), y: BASE + 32, 'text-anchor': 'middle' }),
    upright('Accuracy (%)', y(0.5)),
    upright('Images', BASE - COUNTS / 2),
  );
}

function upright(words: string, middle: number): string {
  return text(words, { transform: 'rotate(-90)', x: -middle, y: 11, 'text-anchor': 'middle' });
}

function tickMarks(tick: number): string[] {
  return [
    element('line', { x1: x(0), x2: x(1), y1: y(tick), y2: y(tick), stroke: 'var(--grid)' }),
    text(String(tick * 100), { ...TICK, x: LEFT - 6, y: y(tick) + 4, 'text-anchor': 'end' }),
    text(String(tick * 100), { ...TICK, x: x(tick), y: BASE + 14, 'text-anchor': 'middle' }),
  ];
}

interface BinPlace {
  readonly most: number;
  readonly width: number;
}

function binMarks(bin: Bin, { most, width }: BinPlace): string {
  const { from, to, count, accuracy, confidence } = bin;
  const known = accuracy === null || confidence === null ? undefined : { accuracy, confidence };
  const words = `Confidence ${formatPercent(from)} to ${formatPercent(to)}: ${formatExact(count)} images`;
  const left = x(from) + 1;
  const bars =
    known === undefined
      ? []
      : [
          bar({ left, width, top: known.accuracy, height: known.accuracy, fill: '--series-1' }),
          element('rect', {
            ...{ x: left, width, y: y(Math.max(known.accuracy, known.confidence)) },
            height: Math.abs(known.accuracy - known.confidence) * SIDE,
            fill: 'var(--series-2)',
          }),
        ];
  return element(
    'g',
    {},
    tip(
      known === undefined
        ? words
        : `${words}, mean confidence ${formatPercent(known.confidence)}, accuracy ${formatPercent(known.accuracy)}`,
    ),
    // The pointer finds an empty bin, too.
    element('rect', { x: x(from), y: TOP, width, height: SIDE, 'fill-opacity': '0' }),
    ...bars,
    element('rect', {
      ...{ x: left, y: BASE - (count / most) * COUNTS, width, height: (count / most) * COUNTS },
      fill: 'var(--text-3)',
    }),
  );
}

interface Bar {
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly height: number;
  readonly fill: string;
}

function bar({ left, width, top, height, fill }: Bar): string {
  return element('rect', {
    ...{ x: left, y: y(top), width, height: height * SIDE, fill: `var(${fill})` },
  });
}
