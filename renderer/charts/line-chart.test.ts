import { expect, test } from 'vitest';
import { chartCsv, csvValueName } from './chart-csv.ts';
import { curveOf, plainCurve, type Curve } from './curve.ts';
import { drawnCurve, type DrawnCurveOptions } from '../../shared/curves/drawn-curve.ts';
import { placeEntries } from './export.ts';
import { buildLineChart, isNamedAtEnd, type LineChartInput } from './line-chart.ts';
import { LinkedView } from './linked-view.svelte.ts';
import { madeUpTheme as theme } from './testing/made-up-theme.ts';
import { visibleEnd } from '../../shared/figures/end-of-line.ts';
import type { LineFigure } from '../../shared/figures/line-model.ts';
import { around, readingsAt } from '../../shared/figures/readings.ts';
import { makeTrace } from '../../shared/figures/trace.ts';

const options: DrawnCurveOptions = {
  ...{ spread: 'sd', drawn: 'band', smoothing: { kind: 'none' } },
  bounds: { low: -Infinity, high: Infinity },
};
const line = (values: number[]) => ({
  x: Float64Array.from(values, (_, i) => i),
  y: new Float32Array(values),
});

function curve(
  id: string,
  values: number[],
  { colour = 0, isDashed = false }: { colour?: number; isDashed?: boolean } = {},
): Curve {
  return plainCurve({ id, label: id, colour, isDashed }, line(values));
}

function smoothedCurve(id: string, values: number[], colour = 0): Curve {
  const members = { counted: [{ run: 'r', ...line(values) }], others: [] };
  const data = drawnCurve(members, { ...options, smoothing: { kind: 'ema', weight: 0.5 } });
  return curveOf({ id, label: id, colour }, { ...data, mark: '' });
}

function input(curves: Curve[], changes: Partial<LineFigure> = {}): LineChartInput {
  return {
    figure: {
      ...{ label: 'Loss', xTitle: 'Step', yTitle: 'Loss (nats)', xKind: 'step', curves },
      ...changes,
    },
    theme,
  };
}

const drawn = (given: LineChartInput) =>
  buildLineChart(given).data.datasets.map(({ label, colour, dash, widthPx }) => ({
    label,
    colour,
    dash,
    widthPx,
  }));
const rangeOf = (given: LineChartInput, axis: 'x' | 'y') => {
  const scale = buildLineChart(given).options?.scales?.[axis];
  return [scale?.type, scale?.min, scale?.max];
};

test('the raw curve stands behind the smoothed one at a quarter of its opacity', () => {
  expect(drawn(input([smoothedCurve('a', [1, 2, 3], 3)]))).toEqual([
    { label: '0 raw', colour: 'rgba(3, 3, 3, 0.25)', dash: [], widthPx: 1 },
    { label: '0 line', colour: 'rgb(3, 3, 3)', dash: [], widthPx: 1.75 },
  ]);
});

test('a plain control has its partner’s colour, dashed', () => {
  const [residual, plain] = drawn(
    input([curve('r', [1], { colour: 2 }), curve('p', [1], { colour: 2, isDashed: true })]),
  );
  expect(plain?.colour).toBe(residual?.colour);
  expect([residual?.dash, plain?.dash]).toEqual([[], [6, 4]]);
});

test('seeds give one curve, their mean, with a band at 18 % under it', () => {
  const counted = [
    [1, 1],
    [3, 1],
  ].map((values, i) => ({ run: String(i), ...line(values) }));
  const data = drawnCurve({ counted, others: [] }, options);
  const group = curveOf({ id: 'g', label: 'g', colour: 1 }, { ...data, mark: '' });
  expect(drawn(input([group])).map(({ label, colour }) => [label, colour])).toEqual([
    ['0 band', 'rgba(1, 1, 1, 0.18)'],
    ['0 line', 'rgb(1, 1, 1)'],
  ]);
  expect(readingsAt([group], 0, 1)[0]).toMatchObject({
    curve: { n: 2 },
    value: 2,
    spread: Math.fround(Math.SQRT2),
  });
  // Equal seeds have no spread to write.
  expect(readingsAt([group], 1, 0.1)[0]).toMatchObject({ value: 1, spread: null });
});

test('hidden curves are not drawn and do not stretch the axis', () => {
  const all = [curve('a', [0, 1]), curve('b', [0, 100])];
  const linked = new LinkedView();
  expect(linked.visible(all)).toBe(all);
  linked.toggle('b');
  const shown = input([...linked.visible(all)]);
  expect(rangeOf(shown, 'y')).toEqual(['linear', 0, 1]);
  expect(drawn(shown)).toHaveLength(1);
});

test('a live axis ends beyond the newest step, a finished one at it, a zoomed one where it was zoomed', () => {
  const curves = [
    curve(
      'a',
      Array.from({ length: 78 }, (_, i) => i),
    ),
  ];
  expect(rangeOf(input(curves), 'x')).toEqual(['linear', 0, 77]);
  expect(rangeOf(input(curves, { isLive: true }), 'x')).toEqual(['linear', 0, 80]);
  expect(rangeOf(input(curves, { xRange: { min: 10, max: 20 } }), 'x')).toEqual(['linear', 10, 20]);
  expect(rangeOf(input(curves, { xRange: { min: 10, max: 20 } }), 'y')).toEqual(['linear', 10, 20]);
});

test('clipping leaves one outlier out of the axis', () => {
  const values = [...Array.from({ length: 99 }, (_, i) => i / 100), 1000];
  expect(rangeOf(input([curve('a', values)]), 'y')[2]).toBe(1000);
  expect(rangeOf(input([curve('a', values)], { isClipped: true }), 'y')[2]).toBe(1);
});

test('a logarithmic axis leaves zeros out', () => {
  const [type, min] = rangeOf(input([curve('a', [0, 0.5, 2])], { isLogY: true }), 'y');
  expect([type, Number(min) > 0]).toEqual(['logarithmic', true]);
});

test('a single curve is labelled at its end, several are named by the legend', () => {
  const curves = (count: number) => Array.from({ length: count }, (_, i) => curve(String(i), [1]));
  expect([0, 1, 2].map((count) => isNamedAtEnd(input(curves(count))))).toEqual([
    false,
    true,
    false,
  ]);
  expect(isNamedAtEnd({ ...input(curves(1)), hasLegend: true })).toBe(false);
});

test('the axis of a run that goes on reaches from the start to where it will end', () => {
  const curves = [curve('a', [1, 2, 3])];
  const live = { isLive: true, plannedEnd: 900 };
  expect(rangeOf(input(curves, live), 'x')).toEqual(['linear', 0, 900]);
  expect(rangeOf(input([], live), 'x')).toEqual(['linear', 0, 900]);
  expect(rangeOf(input(curves, { ...live, isLogX: true }), 'x')).toEqual(['logarithmic', 1, 900]);
});

test('a curve that goes on beyond the view is labelled where it leaves it', () => {
  const trace = makeTrace(new Float64Array([0, 10]), new Float32Array([0, 1]));
  expect(visibleEnd(trace, 5)).toEqual({ x: 5, y: 0.5 });
  expect(visibleEnd(trace, 20)).toEqual({ x: 10, y: 1 });
});

test('readings are sorted by value, NaN last, and leave out curves that ended long before', () => {
  const curves = [
    curve('low', [1, 1, 1]),
    curve('nan', [NaN, NaN, NaN]),
    curve('high', [5, 5, 5]),
    curve('over', [9]),
  ];
  expect(readingsAt(curves, 2, 0.5).map(({ curve: { id } }) => id)).toEqual(['high', 'low', 'nan']);
});

test('of a long list of readings the ones near the pointer are shown, in order', () => {
  const curves = Array.from({ length: 30 }, (_, i) => curve(String(i), [i]));
  expect(around(readingsAt(curves, 0, 1), 10.2, 3).map(({ value }) => value)).toEqual([11, 10, 9]);
});

test('a narrow logarithmic axis ends at round numbers near its values, and is marked with those', () => {
  const built = buildLineChart(input([curve('a', [2.21, 2.3, 2.44])], { isLogY: true }));
  const axis = built.options!.scales!['y']!;
  expect(axis).toMatchObject({ type: 'logarithmic', min: 2.2, max: 2.45 });
  const drawn = { min: 2.2, max: 2.45, height: 200, ticks: [] as { value: number }[] };
  (axis.afterBuildTicks as unknown as (scale: object) => void)(drawn);
  expect(drawn.ticks.map(({ value }) => value)).toEqual([2.2, 2.25, 2.3, 2.35, 2.4, 2.45]);
});

test('a legend in a picture goes on in the next line where it does not fit', () => {
  const entry = (label: string) => ({ label, colour: 'red', isDashed: false });
  const legend = ['aaaa', 'bbbb', 'cccc'].map(entry);
  const placed = placeEntries(legend, 140, (text) => text.length * 7);
  expect(placed.map(({ x, line }) => [x, line])).toEqual([
    [12, 0],
    [75, 0],
    [12, 1],
  ]);
  // What fits nowhere has a line of its own.
  const long = placeEntries([entry('a'.repeat(50)), entry('b')], 140, (text) => text.length * 7);
  expect(long.map(({ line }) => line)).toEqual([0, 1]);
});

test('the CSV has what was measured and what was smoothed in columns of their own, and no formula', () => {
  const { line: smoothed, raw } = smoothedCurve('=run, "a"', [1, 3]);
  const text = chartCsv(
    [{ label: '=run, "a"', line: smoothed, raw, band: null, n: 1 }],
    { name: 'Step' },
    'Loss',
  );
  const [head, ...rows] = text.trim().split('\r\n');
  expect(head).toBe('curve,Step,Loss,"Loss, smoothed",low,high,seeds');
  expect(rows.map((row) => row.split('"').at(-1))).toEqual([
    ',0,1,1,,,1',
    `,1,3,${Number(Math.fround(3.5 / 1.5).toPrecision(12))},,,1`,
  ]);
  expect(rows[0]).toMatch(/^"'=run, ""a""",/);
  expect(csvValueName('Correct (%)', true)).toBe('Correct (0 to 1)');
});
