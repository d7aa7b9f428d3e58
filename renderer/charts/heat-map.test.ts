import { expect, test } from 'vitest';
import { convolutionColumns, stagesOf, unitColumns } from './heat-columns.ts';
import {
  HeatPixels,
  heatRows,
  logShare,
  positiveExtent,
} from '../../shared/figures/heat-pixels.ts';
import { tintsOf } from './heat-tints.ts';
import { madeUpNorms } from './testing/made-up-run.ts';

const range = { min: 0.01, max: 10 };
const sourceOf = (rows: number[][], every = 1) => ({
  steps: Int32Array.from(rows, (_, i) => i * every),
  values: Float32Array.from(rows.flat()),
  width: rows[0]!.length,
});

test('the newest step is on top, and rows are no finer than samples or pixels', () => {
  const source = sourceOf([[1], [2], [3], [4]], 10);
  expect(heatRows(source, 40, 300)).toEqual({ rows: 4, rowSteps: 10 });
  expect(heatRows(source, 40, 2)).toEqual({ rows: 2, rowSteps: 20 });
  const pixels = new HeatPixels(1, { rows: 4, rowSteps: 10, ...range });
  expect(pixels.add(source, 0)).toEqual({ first: 0, last: 3 });
  expect([0, 1, 2, 3].map((row) => pixels.valueAt(row, 0))).toEqual([4, 3, 2, 1]);
});

test('a row of several samples keeps the largest, so no spike is lost', () => {
  const pixels = new HeatPixels(1, { rows: 1, rowSteps: 4, ...range });
  pixels.add(sourceOf([[1], [9], [2], [3]]), 0);
  expect(pixels.valueAt(0, 0)).toBe(9);
});

test('a new sample changes its own row and no other', () => {
  const source = sourceOf([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  const pixels = new HeatPixels(2, { rows: 4, rowSteps: 1, ...range });
  pixels.add({ ...source, steps: source.steps.subarray(0, 2) }, 0);
  const before = pixels.pixels.slice();
  expect(pixels.add(source, 2)).toEqual({ first: 1, last: 1 });
  const changed = [...pixels.pixels].flatMap((pixel, i) => (pixel === before[i] ? [] : [i]));
  expect(changed).toEqual([2, 3]);
});

test('NaN, infinity and zero have colours that no number has', () => {
  const pixels = new HeatPixels(4, { rows: 1, rowSteps: 1, ...range });
  pixels.add(sourceOf([[NaN, Infinity, 0, 1]]), 0);
  expect(new Set(pixels.pixels).size).toBe(4);
  expect([pixels.hasNaN, pixels.hasInfinite, pixels.hasZero]).toEqual([true, true, true]);
  expect(positiveExtent(new Float32Array([NaN, Infinity, 0, -1, 2, 3]))).toEqual({
    low: 2,
    high: 3,
  });
});

test('colours are logarithmic and held at the ends', () => {
  expect(logShare(0.01, range)).toBe(0);
  expect(logShare(Math.sqrt(0.1), range)).toBeCloseTo(0.5);
  expect(logShare(1e9, range)).toBe(1);
  expect(
    new Set(tintsOf(new Float32Array([0.01, 10, NaN]), new Float32Array([0.01, 10]))).size,
  ).toBe(3);
});

test('convolutions stand inside the column of their unit, those of the stem in the first', () => {
  const units = ['stem', 'layer1.0', 'layer1.1', 'layer1.10', 'head'];
  const columns = convolutionColumns(units, [
    'conv1',
    'layer1.0.conv1',
    'layer1.0.conv2',
    'layer1.10.conv1',
  ]);
  expect(columns.map(({ from, to }) => [from, to].map((share) => Math.round(share * 100)))).toEqual(
    [
      [0, 20],
      [20, 30],
      [30, 40],
      [60, 80],
    ],
  );
  expect(unitColumns(units)).toHaveLength(5);
  expect(stagesOf(units).map(({ name }) => name)).toEqual(['stem', 'layer1', 'head']);
});

test('five hundred blocks and two thousand samples become a picture no taller than the plot', () => {
  const labels = Array.from({ length: 500 }, (_, i) => `layer1.${i}`);
  const source = madeUpNorms({ seed: 1, samples: 2000, labels, every: 10 });
  const pixels = new HeatPixels(500, { ...heatRows(source, 20_000, 320), ...range });
  expect(pixels.layout.rows).toBeLessThanOrEqual(320);
  pixels.add(source, 0);
  expect(pixels.pixels.every((pixel) => pixel !== 0)).toBe(true);
});
