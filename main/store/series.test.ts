import path from 'node:path';
import { expect, test } from 'vitest';
import { createRng } from '../../shared/rng.ts';
import { toErrorDocument } from '../../shared/errors.ts';
import type { Library } from './library.ts';
import { openConnection } from './connection.ts';
import type { SeriesBatch } from './series.ts';
import {
  exampleBatch,
  exampleRun,
  temporaryFolder,
  temporaryLibrary,
} from './testing/temporary-folder.ts';

function withRun(folder = temporaryFolder()): { library: Library; id: string } {
  const library = temporaryLibrary(folder);
  return { library, id: library.runs.create(exampleRun()).id };
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return toErrorDocument(error).code;
  }
  return 'nothing thrown';
}

test('points appended in pieces of any size are read back as one, scalars and vectors', () => {
  const { library, id } = withRun();
  const rng = createRng('series-test', 1);
  let next = 1;
  while (next <= 5000) {
    const to = Math.min(5000, next + (rng.below(4) === 0 ? rng.below(1500) : rng.below(60)));
    library.series.append(id, [
      exampleBatch('train/loss', next, to),
      { ...exampleBatch('block/gradient-norm', next, to, 3), unit: '‖g‖₂' },
    ]);
    next = to + 1;
  }
  for (const [name, width] of [
    ['train/loss', 1],
    ['block/gradient-norm', 3],
  ] as const) {
    const whole = exampleBatch(name, 1, 5000, width);
    const read = library.series.read(id, name)!;
    expect(read.steps).toEqual(whole.steps);
    expect(read.elapsedMs).toEqual(whole.elapsedMs);
    expect(read.values.length).toBe(5000 * width);
  }
  expect(library.series.list(id)).toEqual([
    {
      name: 'block/gradient-norm',
      width: 3,
      labels: ['block0', 'block1', 'block2'],
      unit: '‖g‖₂',
      pointCount: 5000,
      lastStep: 5000,
    },
    { name: 'train/loss', width: 1, labels: [], unit: '', pointCount: 5000, lastStep: 5000 },
  ]);
  expect(library.series.read(id, 'nothing')).toBeUndefined();
});

test('NaN with its payload, infinities, minus zero and denormals survive bit by bit', () => {
  const { library, id } = withRun();
  const bits = Uint32Array.of(
    0x7fc00000,
    0x7f800001,
    0xffc12345,
    0x7f800000,
    0xff800000,
    0x80000000,
    1,
  );
  const values = new Float32Array(bits.buffer);
  const steps = Int32Array.from(bits, (_, i) => i - 3);
  const elapsedMs = Float64Array.of(NaN, Infinity, -0, 5e-324, 1e308, 0.1, 2 ** 53);
  library.series.append(id, [{ name: 'x', steps, elapsedMs, values }]);
  const read = library.series.read(id, 'x')!;
  expect(new Uint32Array(read.values.buffer)).toEqual(bits);
  expect(new BigUint64Array(read.elapsedMs.buffer)).toEqual(new BigUint64Array(elapsedMs.buffer));
  expect(read.steps).toEqual(steps);
});

test('appending views into larger arrays stores only what they show', () => {
  const { library, id } = withRun();
  const big = exampleBatch('x', 0, 99);
  library.series.append(id, [
    {
      name: 'x',
      steps: big.steps.subarray(10, 20),
      elapsedMs: big.elapsedMs.subarray(10, 20),
      values: big.values.subarray(10, 20),
    },
  ]);
  expect(library.series.read(id, 'x')!.values).toEqual(big.values.slice(10, 20));
});

test('a range of steps is inclusive at both ends, wherever the chunks end', () => {
  const { library, id } = withRun();
  const sparse: SeriesBatch = {
    ...exampleBatch('x', 0, 2999),
    steps: Int32Array.from({ length: 3000 }, (_, i) => i * 10),
  };
  library.series.append(id, [sparse]);
  const stepsOf = (fromStep?: number, toStep?: number): number[] => [
    ...library.series.read(id, 'x', {
      ...(fromStep === undefined ? {} : { fromStep }),
      ...(toStep === undefined ? {} : { toStep }),
    })!.steps,
  ];
  expect(stepsOf(10230, 10250)).toEqual([10230, 10240, 10250]);
  expect(stepsOf(10231, 10249)).toEqual([10240]);
  expect(stepsOf(29981)).toEqual([29990]);
  expect(stepsOf(undefined, 9)).toEqual([0]);
  expect(stepsOf(29991)).toEqual([]);
  const part = library.series.read(id, 'x', { fromStep: 10240, toStep: 10240 })!;
  expect([...part.values]).toEqual([1024.5]);
});

test('truncating after a step leaves exactly what a run that stopped there would have', () => {
  const library = temporaryLibrary();
  const { series } = library;
  const other = library.runs.create(exampleRun()).id;
  series.append(other, [exampleBatch('a', 1, 2000)]);
  for (const at of [0, 1, 50, 51, 1023, 1024, 1025, 1999, 2000, 5000]) {
    const kept = Math.min(at, 2000);
    library.transaction(() => {
      const { id } = library.runs.create(exampleRun());
      for (let from = 1; from <= 2000; from += 50) {
        const batches = [exampleBatch('a', from, from + 49), exampleBatch('b', from, from + 49, 2)];
        series.append(id, batches);
      }
      series.truncateAfter(id, at);
      const facts = series.list(id).map((one) => [one.pointCount, one.lastStep]);
      expect(facts).toEqual(
        kept === 0
          ? []
          : [
              [kept, kept],
              [kept, kept],
            ],
      );
      const expected = kept === 0 ? undefined : exampleBatch('b', 1, kept, 2).values;
      expect(series.read(id, 'b')?.values).toEqual(expected);
      series.append(id, [exampleBatch('a', kept + 1, kept + 10)]);
      expect(series.read(id, 'a')!.steps).toEqual(exampleBatch('a', 1, kept + 10).steps);
    });
  }
  expect(series.read(other, 'a')!.steps.length).toBe(2000);
});

test('points are kept in few chunks however small the appends are', () => {
  const folder = temporaryFolder();
  const { library, id } = withRun(folder);
  library.transaction(() => {
    for (let step = 1; step <= 3000; step++) {
      library.series.append(id, [exampleBatch('train/loss', step, step)]);
    }
  });
  const connection = openConnection(path.join(folder, 'library.db'));
  const counts = connection.read((session) =>
    session
      .all('SELECT point_count FROM chunks ORDER BY first_step')
      .map((row) => row['point_count']),
  );
  connection.close();
  expect(counts.length).toBeLessThan(13);
  expect(library.series.read(id, 'train/loss')!.steps.length).toBe(3000);
});

test('a step that is already there, a change of width or labels, and arrays that do not fit are refused whole', () => {
  const { library, id } = withRun();
  library.series.append(id, [exampleBatch('a', 1, 10), exampleBatch('v', 1, 10, 2)]);
  const append = (batch: SeriesBatch) => () =>
    library.series.append(id, [exampleBatch('a', 11, 20), batch]);
  expect(codeOf(append(exampleBatch('v', 10, 12, 2)))).toBe('series-order');
  expect(codeOf(append({ ...exampleBatch('x', 1, 2), steps: Int32Array.of(2, 2) }))).toBe(
    'series-order',
  );
  expect(codeOf(append(exampleBatch('v', 11, 12, 3)))).toBe('series-shape');
  expect(codeOf(append({ ...exampleBatch('v', 11, 12, 2), labels: ['one', 'two'] }))).toBe(
    'series-shape',
  );
  expect(codeOf(append({ ...exampleBatch('x', 1, 2), elapsedMs: new Float64Array(3) }))).toBe(
    'series-shape',
  );
  expect(codeOf(append({ ...exampleBatch('x', 1, 2), values: new Float32Array(3) }))).toBe(
    'series-shape',
  );
  expect(codeOf(append({ ...exampleBatch('x', 1, 2), labels: ['only', 'three', 'names'] }))).toBe(
    'series-shape',
  );
  expect(library.series.read(id, 'a')!.steps.length).toBe(10);
  expect(library.series.list(id).map((one) => one.name)).toEqual(['a', 'v']);
  expect(codeOf(() => library.series.append('r-0', []))).toBe('no-such-run');
});

test('several series are read at one moment, by name or all', () => {
  const { library, id } = withRun();
  library.series.append(
    id,
    ['c', 'a', 'b'].map((name) => exampleBatch(name, 1, 5)),
  );
  expect(library.series.readAll(id).map((one) => one.name)).toEqual(['a', 'b', 'c']);
  const some = library.series.readAll(id, ['c', 'a'], { fromStep: 4 });
  expect(some.map((one) => [one.name, ...one.steps])).toEqual([
    ['a', 4, 5],
    ['c', 4, 5],
  ]);
});
