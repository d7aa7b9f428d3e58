// One model, two painters: a chart of the page and the one of a report have the same ranges, ticks, order,
// colours and names.
import { expect, test } from 'vitest';
import { figureCurve } from '../../shared/figures/figure-curve.ts';
import { drawLines, LINE_SIZE } from '../../shared/figures/line-figure.ts';
import { lineFigureJson, lineFigureOf } from '../../shared/figures/line-json.ts';
import { lineModel, type LineFigure } from '../../shared/figures/line-model.ts';
import { buildLineChart, lineDatasets } from './line-chart.ts';
import { madeUpTheme } from './testing/made-up-theme.ts';

const x = Float64Array.from({ length: 400 }, (_, i) => i * 5);
const line = (scale: number) => ({
  x,
  // Single precision with few digits, so that none is lost in the JSON of an exported page.
  y: Float32Array.from(x, (at) => Number((scale / (1 + at / 100)).toPrecision(3))),
});
const curves = [
  figureCurve(
    { label: 'resnet20 rate 0.1', colour: 3, isDashed: false },
    {
      line: line(2),
      band: { low: line(1.8).y, high: line(2.2).y, half: line(0.2).y },
      members: [line(2.1)],
    },
  ),
  figureCurve(
    { label: 'plain20 rate 0.1', colour: 3, isDashed: true },
    { line: line(3), raw: line(3.3) },
  ),
];
const base: LineFigure = {
  ...{ label: 'Loss', xTitle: 'Step', yTitle: 'Cross-entropy (nats)', xKind: 'step', curves },
};
const outlier = line(2);
outlier.y[200] = 1e6;

const belowZero = figureCurve(
  { label: 'gaussian', colour: 0, isDashed: false },
  { line: line(-0.5) },
);

const FIGURES: readonly (readonly [string, LineFigure])[] = [
  ['curves with a band, seeds and raw ones', base],
  ['a logarithmic axis', { ...base, isLogY: true }],
  ['a logarithmic axis with losses below 0', { ...base, isLogY: true, curves: [belowZero] }],
  ['two logarithmic axes', { ...base, isLogX: true, isLogY: true }],
  ['a zoomed part', { ...base, xRange: { min: 100, max: 340 } }],
  ['epochs', { ...base, xKind: 'epoch', xTitle: 'Epoch' }],
  ['training time', { ...base, xKind: 'time', xTitle: 'Training time', xRange: null }],
  ['shares', { ...base, isShare: true, yTitle: 'Correct (%)' }],
  [
    'an outlier that is left out',
    {
      ...base,
      isClipped: true,
      curves: [figureCurve({ label: 'a', colour: 0, isDashed: false }, { line: outlier })],
    },
  ],
  ['no curve at all', { ...base, curves: [] }],
];

/** Pixels of the plot in the SVG, so that the other painter is asked for the same room. */
function svgOf(figure: LineFigure) {
  const { svg, plot } = drawLines(figure);
  const ticks = (axis: string): string[] =>
    [...svg.matchAll(new RegExp(`data-tick="${axis}"[^>]*>([^<]*)<`, 'g'))].map(
      ([, text = '']) => text,
    );
  const { frame } = plot;
  const layers = [...svg.matchAll(/data-curve="(\d+)" data-layer="(\w+)"/g)].map(
    ([, curve, kind]) => `${curve} ${kind}`,
  );
  return {
    ranges: [plot.x, plot.y].map(({ min, max, isLog }) => ({ min, max, isLog })),
    ticks: [ticks('x'), ticks('y')],
    layers,
    room: { width: frame.right - frame.left, height: frame.bottom - frame.top },
  };
}

interface AskedAxis {
  readonly width: number;
  readonly height: number;
  ticks: readonly { readonly value: number }[];
}

/** What Chart.js would be told for a plot of that room. */
function canvasOf(figure: LineFigure, room: { readonly width: number; readonly height: number }) {
  const { options, data } = buildLineChart({ figure, theme: madeUpTheme });
  const axisOf = (name: 'x' | 'y') => {
    const scale = options?.scales?.[name];
    const axis: AskedAxis = { ...room, ticks: [] };
    (scale?.afterBuildTicks as ((axis: unknown) => void) | undefined)?.(axis);
    const write = scale?.ticks?.callback as unknown as (value: number) => string;
    return {
      range: { min: scale?.min, max: scale?.max, isLog: scale?.type === 'logarithmic' },
      ticks: axis.ticks.map(({ value }) => write(value)),
    };
  };
  const axes = [axisOf('x'), axisOf('y')];
  return {
    ranges: axes.map(({ range }) => range),
    ticks: axes.map(({ ticks }) => ticks),
    layers: data.datasets.map(({ label }) => label),
  };
}

test.each(FIGURES)('%s are the same on the page and in a report', (_, figure) => {
  const { room, ...svg } = svgOf(figure);
  expect(canvasOf(figure, room)).toEqual(svg);
  // The page of an exported report makes its chart from JSON.
  expect(svgOf(lineFigureOf(lineFigureJson(figure)))).toEqual({ room, ...svg });
});

test('layers lie upon each other in one order, with the same dashes and widths in both', () => {
  const { svg } = drawLines(base);
  expect(svgOf(base).layers).toEqual(['0 band', '1 raw', '0 member', '0 line', '1 line']);
  const dashes = [...svg.matchAll(/stroke-width="([\d.]+)"[^>]*?stroke-dasharray="6 4"/g)];
  expect(dashes.map(([, width]) => Number(width))).toEqual([1.75]);
  const dashed = lineDatasets(base, madeUpTheme).filter(({ dash }) => dash?.join(' ') === '6 4');
  expect(dashed.map(({ widthPx }) => widthPx)).toEqual([1.75]);
});

test('names leave out what all curves share, in the legend of both', () => {
  expect(lineModel(base).legend.map(({ name }) => name)).toEqual(['resnet20', 'plain20']);
  expect(drawLines(base).svg).toMatch(/>resnet20<.*>plain20</);
});

test('a single curve is named at its end, not above the plot', () => {
  const [only] = curves;
  const { svg, plot } = drawLines({ ...base, curves: only ? [only] : [] });
  expect(svg).not.toContain('data-legend');
  expect(svg).toContain('>resnet20 rate 0.1<');
  expect(plot.frame.right).toBeLessThan(LINE_SIZE.width - 100);
});

test('of 13 curves none is raw and all are fine', () => {
  const many = Array.from({ length: 13 }, (_, i) =>
    figureCurve({ label: String(i), colour: i, isDashed: false }, { line: line(i), raw: line(i) }),
  );
  const layers = lineModel({ ...base, curves: many }).layers;
  expect(layers.map(({ kind, widthPx }) => `${kind} ${widthPx}`)).toEqual(
    many.map(() => 'line 1.25'),
  );
});

test('a logarithmic axis is linear where a curve lies below 0, and stays where only its band does', () => {
  const axis = (only: (typeof curves)[number]) =>
    lineModel({ ...base, isLogY: true, curves: [only] }).y;
  const wide = figureCurve(
    { label: 'seeds', colour: 0, isDashed: false },
    { line: line(1), band: { low: line(-0.5).y, high: line(2).y, half: line(1.5).y }, members: [] },
  );
  expect(axis(wide)).toMatchObject({ isLog: true, title: 'Cross-entropy (nats)' });
  const found = axis(belowZero);
  expect(found.isLog).toBe(false);
  expect(found.min).toBeLessThan(0);
  expect(found.title).not.toBe('Cross-entropy (nats)');
});
