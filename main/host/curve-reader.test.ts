import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { getArchitecture } from '../zoo/registry.ts';
import { CurveRequest, type CurveQuery } from '../../shared/contract/app/curves.ts';
import type { RunStatus } from '../../shared/contract/run-status.ts';
import { createRng } from '../../shared/rng.ts';
import { RunSpec } from '../../shared/spec/run.ts';
import { openLibrary, type Library } from '../store/library.ts';
import { CurveReader } from './curve-reader.ts';

let library: Library;
let folder: string;
let reader: CurveReader;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'curves-'));
  library = openLibrary(folder);
  reader = new CurveReader(library);
});

afterEach(() => {
  library.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

interface Made {
  readonly seed: number;
  readonly values: ArrayLike<number>;
  readonly status?: RunStatus;
  readonly batch?: number;
}

function makeRun({ seed, values, status = 'finished', batch = 8 }: Made): string {
  const spec = RunSpec.parse({
    architecture: getArchitecture('resnet20').spec,
    data: { source: 'builtin:shapes' },
    recipe: { batch },
    seed,
  });
  const { id } = library.runs.create({
    ...{ name: `seed ${seed}`, group: 'g', architecture: 'resnet20', seed, spec },
    ...{ dataName: 'shapes', dataFingerprint: 'f', classCount: 10, codeVersion: '1' },
    ...{ environment: { prepared: { stepsPerEpoch: 10 } }, totalSteps: values.length },
  });
  append(id, 0, values);
  library.runs.update(id, { status, step: values.length });
  return id;
}

function append(id: string, from: number, values: ArrayLike<number>): void {
  const steps = Int32Array.from({ length: values.length }, (_, i) => from + i + 1);
  const elapsedMs = Float64Array.from(steps, (step) => step * 10);
  library.series.append(id, [
    { name: 'train/loss', steps, elapsedMs, values: Float32Array.from(values) },
  ]);
}

function read(runs: readonly string[], changes: Partial<CurveQuery> = {}) {
  const smoothing = { kind: 'ema', weight: 0.9 };
  return reader.read(
    CurveRequest.parse({ runs, series: 'train/loss', smoothing, x: 'step', ...changes }),
  );
}

function noisy(seed: number, count: number): Float32Array {
  const rng = createRng(seed, 'noise');
  return Float32Array.from(
    { length: count },
    (_, i) => 2 * Math.exp(-i / 500) + Math.abs(rng.normal()),
  );
}

function lastEma(values: Float32Array, weight = 0.9): number {
  let sum = 0;
  let norm = 0;
  for (const value of values) [sum, norm] = [sum * weight + value, norm * weight + 1];
  return sum / norm;
}

test('the last value of a long curve is that of all its points, whatever the chart leaves out', () => {
  const values = noisy(1, 4000);
  const curve = read([makeRun({ seed: 0, values })], { maxPoints: 100 });
  expect(curve).toMatchObject({ isThinned: true, n: 1, total: 1 });
  expect(curve!.line.y.at(-1)).toBeCloseTo(lastEma(values), 6);
  expect(read([library.runs.list().runs[0]!.id])!.line.x).toHaveLength(4000);
});

test('a curve that grows is the same as one that is read from the start', () => {
  const values = noisy(2, 3000);
  const id = makeRun({ seed: 0, values: values.subarray(0, 1000), status: 'running' });
  for (let count = 1000; count < values.length; count += 250) {
    append(id, count, values.subarray(count, count + 250));
    const grown = read([id], { maxPoints: 200 });
    const anew = new CurveReader(library).read(
      CurveRequest.parse({
        ...{ runs: [id], series: 'train/loss', x: 'step', maxPoints: 200 },
        smoothing: { kind: 'ema', weight: 0.9 },
      }),
    );
    expect(grown).toEqual(anew);
  }
  expect(read([id], { maxPoints: 200 })!.line.y.at(-1)).toBeCloseTo(lastEma(values), 6);
});

test('a run that went back to its checkpoint is read anew', () => {
  const id = makeRun({ seed: 0, values: [5, 5, 5, 5], status: 'running' });
  read([id], { smoothing: { kind: 'none' }, maxPoints: 100 });
  library.series.truncateAfter(id, 2);
  library.series.append(id, [
    {
      name: 'train/loss',
      steps: Int32Array.of(3, 4, 5),
      elapsedMs: Float64Array.of(31, 41, 51),
      values: Float32Array.of(1, 2, 3),
    },
  ]);
  const curve = read([id], { smoothing: { kind: 'none' }, maxPoints: 100 });
  expect(Array.from(curve!.line.y)).toEqual([5, 5, 1, 2, 3]);
});

describe('the mean of a group', () => {
  const none = { smoothing: { kind: 'none' } } as const;

  test('has the seeds that finished, each once, and shows the others thin', () => {
    const first = makeRun({ seed: 0, values: [1, 1] });
    const second = makeRun({ seed: 1, values: [3, 3] });
    const again = makeRun({ seed: 1, values: [9, 9] });
    const stopped = makeRun({ seed: 2, values: [9, 9], status: 'interrupted' });
    const broken = makeRun({ seed: 3, values: [9, Number.NaN] });
    const curve = read([first, second, again, stopped, broken], none)!;
    expect([Array.from(curve.line.y), curve.n, curve.total]).toEqual([[2, 2], 2, 5]);
    expect(curve.thin.map(({ run }) => run)).toEqual([again, stopped, broken]);
  });

  test('changes when a run of it finishes', () => {
    const first = makeRun({ seed: 0, values: [1, 1] });
    const second = makeRun({ seed: 1, values: [3, 3], status: 'running' });
    expect(read([first, second], { ...none, maxPoints: 100 })!.n).toBe(1);
    library.runs.update(second, { status: 'finished' });
    expect(read([first, second], { ...none, maxPoints: 100 })!.n).toBe(2);
  });

  test('is of one spec, even if the group is not', () => {
    const ids = [0, 1].map((seed) => makeRun({ seed, values: [seed, seed] }));
    const other = makeRun({ seed: 2, values: [9, 9], batch: 64 });
    const curve = read([...ids, other], none)!;
    expect([curve.n, curve.thin.map(({ run }) => run)]).toEqual([2, [other]]);
  });

  test('is of what there is where nothing has finished, as far as all of them are', () => {
    const long = makeRun({ seed: 0, values: [1, 1, 1], status: 'running' });
    const short = makeRun({ seed: 1, values: [3], status: 'paused' });
    const curve = read([long, short], none)!;
    expect([Array.from(curve.line.y), curve.n]).toEqual([[2], 2]);
    expect(curve.thin.map(({ run, line }) => [run, line.x.length])).toEqual([[long, 3]]);
  });

  test('stands on the axis of epochs and of time too, and does not exist without points', () => {
    const ids = [0, 1].map((seed) => makeRun({ seed, values: [1, 2, 3] }));
    expect(Array.from(read(ids, { ...none, x: 'epoch' })!.line.x)).toEqual([0.1, 0.2, 0.3]);
    expect(Array.from(read(ids, { ...none, x: 'time' })!.line.x)).toEqual([10, 20, 30]);
    expect(read(ids, { series: 'val/loss' })).toBeNull();
    expect(read(['r-gone'])).toBeNull();
  });
});
