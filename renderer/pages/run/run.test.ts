import { expect, test } from 'vitest';
import type { RunDetail } from '../../../shared/contract/app/runs.ts';
import { makeRows } from '../../charts/testing/replay-host.ts';
import { madeUpNorms } from '../../charts/testing/made-up-run.ts';
import { madeUpTheme as theme } from '../../charts/testing/made-up-theme.ts';
import { blockCsv } from './block-csv.ts';
import {
  classesAbout,
  classOrder,
  classScores,
  confusedPairs,
  confusionCells,
} from '../../../shared/compare/confusion.ts';
import { buildConfusionChart, confusionCsv } from './confusion.ts';
import { figuresOf } from './figures.ts';
import { responseMoments } from '../../../shared/curves/response-moments.ts';
import { actionsOf } from './run-actions.ts';
import { throughputOf } from '../../../shared/curves/throughput.ts';

const rows = makeRows(10);
const shown = (
  row: (typeof rows)[number],
  changes: Partial<Parameters<typeof figuresOf>[0]> = {},
) =>
  figuresOf({
    row,
    detail: undefined,
    progress: undefined,
    memoryBytes: null,
    newest: {},
    ...changes,
  }).map(({ name, value }) => [name, value] as const);

test('the six figures of a finished run', () => {
  const metrics = {
    bestValAccuracy: 0.9137,
    bestStep: 119,
    lastTrainLoss: 0.21,
    lastValLoss: 0.3,
    imagesPerSecond: 1480,
    peakMemoryBytes: 2 ** 30,
  };
  expect(shown({ ...rows[2]!, metrics })).toEqual([
    ['Best val. accuracy', '91.4 %'],
    ['Training loss', '0.2100'],
    ['Epoch', '20'],
    ['Images per second', '1.48 k'],
    ['Learning rate', '–'],
    ['Memory', '1.00 GiB'],
  ]);
});

test('what fills up the last batch is said beside the steps', () => {
  const noteWith = (fillingExamples?: number): string | undefined => {
    const prepared = { stepsPerEpoch: 9.6, epochs: 5, fillingExamples } as RunDetail['prepared'];
    const figures = figuresOf({
      ...{ row: { ...rows[2]!, step: 48, totalSteps: 48 }, progress: undefined },
      ...{ detail: { prepared } as RunDetail, memoryBytes: null, newest: {} },
    });
    return figures.find(({ name }) => name === 'Epoch')?.note;
  };
  expect(noteWith(12)).toBe('step 48 of 48, the last filled up with 12 images');
  expect(noteWith(0)).toBe('step 48 of 48');
  expect(noteWith()).toBe('step 48 of 48');
});

test('what is not known or has no room is not said', () => {
  const figures = figuresOf({
    ...{ row: { ...rows[2]!, step: 36, totalSteps: 100_000, epoch: 260 }, progress: undefined },
    detail: { prepared: { stepsPerEpoch: 12.5, epochs: 8000 } } as RunDetail,
    ...{ memoryBytes: null, newest: {} },
  });
  const noteOf = (wanted: string) => figures.find(({ name }) => name === wanted);
  expect(noteOf('Training loss')?.note).toContain('last 36 steps');
  expect(noteOf('Epoch')?.value).toBe('260');
  const still = shown({ ...rows[2]!, metrics: { imagesPerSecond: 0 } });
  expect(new Map(still).get('Images per second')).toBe('–');
});

test('before the first step every figure is a dash', () => {
  expect(shown(rows[1]!).map(([, value]) => value)).toEqual(['–', '–', '–', '–', '–', '–']);
});

test('a run that another process trains shows its newest points', () => {
  const figures = new Map(
    shown({ ...rows[0]!, metrics: { lastTrainLoss: 1.5 } }, { newest: { rate: 0.05 } }),
  );
  expect([figures.get('Training loss'), figures.get('Learning rate')]).toEqual(['1.500', '0.05']);
});

test('what can be done follows from the status, and only a checkpoint can be resumed', () => {
  expect(actionsOf('running', true)).toEqual(['pause', 'stop']);
  expect(actionsOf('failed', true)).toEqual(['resume', 'retry']);
  expect(actionsOf('failed', false)).toEqual(['retry']);
  expect(actionsOf('queued', false)).toEqual(['cancel']);
});

const confusion = { classes: ['cat', 'dog', 'emu'], counts: [8, 2, 0, 5, 5, 0, 0, 0, 0] };

test('the confusion matrix is saved as counts in the order that is shown', () => {
  expect(confusionCsv(confusion, [1, 0, 2]).split('\r\n')).toEqual([
    'label,dog,cat,emu',
    'dog,5,5,0',
    'cat,2,8,0',
    'emu,0,0,0',
    '',
  ]);
});

test('classes are scored by recall, named for what they are taken for, and an empty one stays last', () => {
  expect(classScores(confusion).map(({ recall, takenFor }) => [recall, takenFor])).toEqual([
    [0.8, { name: 'dog', count: 2 }],
    [0.5, { name: 'cat', count: 5 }],
    [NaN, null],
  ]);
  expect(classOrder(confusion, 'worst')).toEqual([1, 0, 2]);
});

test('cells hold the count and the share of their row, in the order asked for', () => {
  const cells = confusionCells(confusion, [1, 0, 2]);
  expect(cells[1]).toEqual({ x: 'cat', y: 'dog', label: 1, predicted: 0, count: 5, share: 0.5 });
  expect(cells[8]).toMatchObject({ count: 0, share: 0 });
});

test('the matrix lists its labels from top to bottom, as its predictions from left to right', () => {
  const { options } = buildConfusionChart(confusion, [1, 0, 2], theme, () => undefined);
  expect(options?.scales?.['x']).toMatchObject({ labels: ['dog', 'cat', 'emu'] });
  // Not left to the plug-in, which turns this axis by default.
  expect(options?.scales?.['y']).toMatchObject({ labels: ['dog', 'cat', 'emu'], reverse: false });
});

test('throughput is images over the time between neighbouring points, however far apart', () => {
  const points = {
    steps: new Int32Array([0, 10, 20]),
    elapsedMs: new Float64Array([0, 1000, 3000]),
  };
  expect(Array.from(throughputOf(points, 64).values)).toEqual([640, 320]);
  expect(
    throughputOf({ steps: new Int32Array(), elapsedMs: new Float64Array() }, 1).values,
  ).toHaveLength(0);
});

test('responses are compared at the first, the middle and the newest measurement', () => {
  const series = madeUpNorms({ seed: 1, samples: 9, labels: ['a', 'b'], every: 10 });
  expect(responseMoments(series).map(({ step, values }) => [step, values.length])).toEqual([
    [0, 2],
    [40, 2],
    [80, 2],
  ]);
  expect(responseMoments({ ...series, steps: series.steps.subarray(0, 1) })).toHaveLength(1);
});

test('the numbers of the heat map are written with one column a unit', () => {
  const series = {
    ...madeUpNorms({ seed: 1, samples: 1, labels: ['stem', 'head'], every: 1 }),
    values: new Float32Array([0.5, NaN]),
  };
  expect(blockCsv(series, [{ elapsedMs: 0, startedAtMs: 1000 }])).toBe(
    'step,elapsed_ms,wall_time,stem,head\r\n0,40,1970-01-01T00:00:01.040Z,0.5,NaN\r\n',
  );
});

test('Confused pairs stand with most images first; a search shows a class and what it is confused with', () => {
  const four = {
    classes: ['cat', 'dog', 'car', 'bus'],
    counts: [8, 2, 0, 0, 1, 9, 0, 0, 0, 0, 6, 4, 0, 0, 2, 3],
  };
  const pairs = confusedPairs(four).map((pair) => [pair.labelName, pair.predictedName, pair.count]);
  expect(pairs).toEqual([
    ['car', 'bus', 4],
    ['bus', 'car', 2],
    ['cat', 'dog', 2],
    ['dog', 'cat', 1],
  ]);
  expect(classesAbout(four, [3, 2, 1, 0], 'DO')).toEqual([1, 0]);
  expect(classesAbout(four, [0, 1, 2, 3], ' ')).toEqual([0, 1, 2, 3]);
  expect(classesAbout(four, [0, 1, 2, 3], 'zebra')).toEqual([]);
});
