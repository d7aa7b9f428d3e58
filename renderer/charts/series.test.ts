import { expect, test } from 'vitest';
import { xContextOf } from '../../shared/curves/run-curves.ts';
import { appendSeries, component } from '../../shared/curves/series-merge.ts';
import { seriesOf } from './testing/made-up-run.ts';
import { csvX, formatX, tickStep } from '../../shared/curves/x-axis.ts';
import { xValues } from '../../shared/curves/x-values.ts';

const at = (steps: number[], value = 0) => ({
  ...seriesOf('train/loss', 'nats', new Float32Array(steps.length).fill(value)),
  steps: Int32Array.from(steps),
  elapsedMs: Float64Array.from(steps, (step) => step * 100),
});

test('new points go to the end, and what a resumed run computes again replaces the old', () => {
  const joined = appendSeries(at([0, 1, 2, 3], 1), at([2, 3, 4], 2));
  expect(Array.from(joined.steps)).toEqual([0, 1, 2, 3, 4]);
  expect(Array.from(joined.values)).toEqual([1, 1, 2, 2, 2]);
  const known = at([0, 1]);
  expect(appendSeries(known, at([]))).toBe(known);
});

test('one component of a vector series is taken out', () => {
  const vectors = { ...at([0, 1]), width: 3, values: new Float32Array([1, 2, 3, 4, 5, 6]) };
  expect(Array.from(component(vectors, 1))).toEqual([2, 5]);
});

test('steps, epochs, training time and wall clock with its pauses are places on the axis, unless they are unknown', () => {
  const source = at([1, 10, 20]);
  const stretches = [
    { elapsedMs: 0, startedAtMs: 1000 },
    { elapsedMs: 1000, startedAtMs: 70_000 },
  ];
  const known = { stepsPerEpoch: 10, stretches };
  expect(Array.from(xValues(source, 'step', known)!)).toEqual([1, 10, 20]);
  expect(Array.from(xValues(source, 'epoch', known)!)).toEqual([0.1, 1, 2]);
  expect(Array.from(xValues(source, 'time', known)!)).toEqual([100, 1000, 2000]);
  expect(Array.from(xValues(source, 'clock', known)!)).toEqual([1100, 2000, 71_000]);
  expect(xValues(source, 'epoch', { ...known, stepsPerEpoch: null })).toBeNull();
  expect(xValues(source, 'clock', { ...known, stretches: [] })).toBeNull();
});

test('a row says where its run stands on every axis, with stretches or of before they were kept', () => {
  const row = { step: 200, epoch: 2, startedAt: '2026-01-01T00:00:00.000Z' };
  const startedAtMs = Date.parse(row.startedAt);
  expect(xContextOf(row)).toEqual({
    stepsPerEpoch: 100,
    stretches: [{ elapsedMs: 0, startedAtMs }],
  });
  const stretches = [{ elapsedMs: 0, startedAtMs: startedAtMs + 5000 }];
  expect(xContextOf({ ...row, stretches }, 50)).toEqual({ stepsPerEpoch: 50, stretches });
  // Nine steps of 8 for three epochs of 22: the last one fills its batch up.
  const metrics = { stepsPerEpoch: 2.75, plannedEpochs: 3 };
  const planned = xContextOf({ ...row, stretches, metrics });
  expect(planned).toEqual({ stepsPerEpoch: 2.75, epochs: 3, stretches });
  const source = { steps: Int32Array.of(8, 9), elapsedMs: new Float64Array(2) };
  expect(Array.from(xValues(source, 'epoch', planned)!)).toEqual([8 / 2.75, 3]);
});

test('places are exported as numbers with their unit, the wall clock as a date', () => {
  expect(csvX('step')).toMatchObject({ name: 'step' });
  expect(csvX('time').name).toBe('training time (ms)');
  expect(csvX('clock').format(Date.parse('2026-01-01T00:00:01.500Z'))).toBe(
    '2026-01-01T00:00:01.500Z',
  );
  expect(csvX('epoch').format(1 / 3)).toBe('0.333333333333');
});

test('places are written with what the view needs', () => {
  expect(formatX('step', 1200, 5000)).toBe('1,200');
  expect(formatX('epoch', 3.14159, 20)).toBe('3.142');
  expect(formatX('time', 125_000, 1e6)).toBe('2 min 5 s');
  expect(tickStep('time', 600_000, 6)).toBe(120_000);
  expect(tickStep('step', 600, 6)).toBeUndefined();
});
