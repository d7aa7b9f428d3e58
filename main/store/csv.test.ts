import { expect, test } from 'vitest';
import { toCsv } from './csv.ts';
import type { Series } from './series.ts';

const loss: Series = {
  name: 'train/loss',
  width: 1,
  labels: [],
  unit: '',
  steps: Int32Array.of(1, 2, 4),
  elapsedMs: Float64Array.of(10.4, 20, 40),
  values: Float32Array.of(0.1, NaN, -Infinity),
};

const norms: Series = {
  name: 'block/gradient-norm',
  width: 2,
  labels: ['stem', 'stage1, "a"'],
  unit: '‖g‖₂',
  steps: Int32Array.of(2, 3),
  elapsedMs: Float64Array.of(21, 30),
  values: Float32Array.of(1, 2.5e-8, 1 / 3, 4e30),
};

test('series are joined on steps, one column per component, missing steps empty', () => {
  expect(toCsv([loss, norms], { stepsPerEpoch: 2 })).toBe(
    [
      'step,epoch,elapsed_ms,train/loss,block/gradient-norm[stem],"block/gradient-norm[stage1, ""a""]"',
      '1,0.5,10,0.1,,',
      '2,1,20,NaN,1,2.5e-8',
      '3,1.5,30,,0.33333334,4e+30',
      '4,2,40,-Infinity,,',
      '',
    ].join('\n'),
  );
});

test('the wall clock stands beside the training time where it is known', () => {
  const stretches = [
    { elapsedMs: 0, startedAtMs: Date.parse('2026-01-01T10:00:00Z') },
    { elapsedMs: 20, startedAtMs: Date.parse('2026-01-02T10:00:00Z') },
  ];
  expect(toCsv([loss], { stretches }).split('\n').slice(0, 4)).toEqual([
    'step,elapsed_ms,wall_time,train/loss',
    '1,10,2026-01-01T10:00:00.010Z,0.1',
    '2,20,2026-01-01T10:00:00.020Z,NaN',
    '4,40,2026-01-02T10:00:00.020Z,-Infinity',
  ]);
});

test('without epochs and without series there is still a header', () => {
  expect(toCsv([])).toBe('step,elapsed_ms\n');
});

test('every number reads back to the same float32', () => {
  const values = Float32Array.of(
    0.1,
    1 / 3,
    Math.PI,
    1.17549435e-38,
    3.4028235e38,
    16777217.5,
    1e-45,
  );
  const steps = Int32Array.from(values, (_, i) => i);
  const text = toCsv([{ ...loss, steps, elapsedMs: new Float64Array(values.length), values }]);
  const read = text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[2]));
  expect(Float32Array.from(read)).toEqual(values);
});
