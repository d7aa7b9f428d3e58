import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { inputError } from '../../shared/errors.ts';
import type { Library } from '../store/library.ts';
import type { TrainingEvent } from './training-events.ts';
import { RunService } from './run-service.ts';
import { exampleSpec, testHost } from './testing/host-fixtures.ts';

function lossOf(library: Library, id: string): [step: number, loss: number][] {
  const series = library.series.read(id, 'train/loss')!;
  return Array.from(series.steps, (step, i) => [step, series.values[i]!]);
}

const wholeLoss = Array.from({ length: 12 }, (_, i) => [i + 1, Math.fround(1 / (i + 1))]);

test('A run is recorded with everything that it takes to do it again.', async () => {
  const { parts } = await testHost('finish');
  const events: TrainingEvent[] = [];
  const spec = exampleSpec();
  const run = await new RunService(parts).start(spec, { onEvent: (event) => events.push(event) });
  expect(run).toMatchObject({
    status: 'finished',
    architecture: 'mini-basic-a',
    seed: 1,
    step: 12,
    totalSteps: 12,
    codeVersion: 'test',
    dataName: 'shapes',
    owner: null,
    spec,
    metrics: { bestValAccuracy: 1, bestStep: 12, parameters: 10 },
    checkpoints: { last: { step: 12, file: 'last.safetensors' } },
    environment: {
      runtime: { device: 'cpu' },
      prepared: { graphNodes: 1 },
      data: { name: 'shapes' },
    },
  });
  expect(lossOf(parts.library, run.id)).toEqual(wholeLoss);
  expect(parts.library.datasets.find(run.dataFingerprint)?.source).toBe(spec.data.source);
  const kinds = events.map((event) => event.kind);
  expect(kinds.indexOf('created')).toBeLessThan(kinds.indexOf('prepared'));
  expect(kinds.filter((kind) => kind === 'progress')).toHaveLength(12);
});

test('A run whose trainer died is failed, and resuming it gives the whole series once.', async () => {
  const { parts, perform } = await testHost('crash-later');
  const runs = new RunService(parts);
  const error: unknown = await runs.start(exampleSpec()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'trainer-died' });
  const [failed] = parts.library.runs.list().runs;
  expect(failed).toMatchObject({ status: 'failed', step: 6, error: { code: 'trainer-died' } });
  // Two points after the checkpoint of step 4 are in the library and come again.
  expect(lossOf(parts.library, failed!.id)).toHaveLength(6);
  perform('finish');
  const resumed = await runs.resume(failed!.id);
  expect(resumed).toMatchObject({ status: 'finished', step: 12, error: null });
  expect(lossOf(parts.library, failed!.id)).toEqual(wholeLoss);
  const [first, second, ...others] = resumed.stretches;
  expect(others).toEqual([]);
  expect(first).toEqual({ ...failed!.stretches[0], elapsedMs: 0 });
  expect(second?.elapsedMs).toBe(40);
  expect(second!.startedAtMs).toBeGreaterThan(first!.startedAtMs);
});

test('A run that died before its first checkpoint starts from the beginning.', async () => {
  const { parts, perform } = await testHost('crash');
  const runs = new RunService(parts);
  await expect(runs.start(exampleSpec())).rejects.toMatchObject({ code: 'trainer-died' });
  perform('finish');
  const warnings: string[] = [];
  const [failed] = parts.library.runs.list().runs;
  const resumed = await runs.resume(failed!.id, {
    onEvent: (event) => {
      if (event.kind === 'warning') warnings.push(event.message);
    },
  });
  expect(resumed.status).toBe('finished');
  expect(warnings).toEqual([expect.stringContaining('from the beginning')]);
  expect(lossOf(parts.library, resumed.id)).toEqual(wholeLoss);
  expect(resumed.stretches).toEqual([{ elapsedMs: 0, startedAtMs: expect.any(Number) as number }]);
});

test('A stopped run is interrupted and goes on where it was.', async () => {
  const { parts, perform } = await testHost('wait-at-6');
  const runs = new RunService(parts);
  const stopped = await runs.start(exampleSpec(), {
    onEvent: (event) => {
      if (event.kind === 'progress' && event.step === 6) runs.stop(runId());
    },
  });
  function runId(): string {
    return parts.library.runs.list().runs[0]!.id;
  }
  expect(stopped).toMatchObject({ status: 'interrupted', step: 6, error: null });
  perform('finish');
  expect(await runs.resume(stopped.id)).toMatchObject({ status: 'finished', step: 12 });
  expect(lossOf(parts.library, stopped.id)).toEqual(wholeLoss);
});

test('An abandoned run is interrupted, not failed.', async () => {
  const { parts } = await testHost('wait-at-6');
  const abandon = new AbortController();
  const run = await new RunService(parts).start(exampleSpec(), {
    abandon: abandon.signal,
    onEvent: (event) => {
      if (event.kind === 'progress' && event.step === 6) abandon.abort();
    },
  });
  expect(run).toMatchObject({ status: 'interrupted', error: null, owner: null });
});

test('Runs are trained one after the other, and one that waits can be stopped.', async () => {
  const { parts, trainers, perform } = await testHost('wait-at-6');
  const runs = new RunService(parts);
  const order: number[] = [];
  /** Resolves when the run is in the library. */
  const begin = (seed: number, stop?: AbortSignal) =>
    new Promise<{ id: string; ended: Promise<string> }>((resolve) => {
      const ended = runs
        .start(exampleSpec(undefined, seed), {
          stop,
          onEvent: (event) => {
            if (event.kind === 'created') resolve({ id: event.run.id, ended });
          },
        })
        .then((run) => {
          order.push(seed);
          return run.status;
        });
    });
  const stop = new AbortController();
  const first = await begin(1);
  const second = await begin(2, stop.signal);
  const third = await begin(3);
  expect(parts.library.runs.get(third.id).status).toBe('queued');
  stop.abort();
  expect(await second.ended).toBe('interrupted');
  perform('finish');
  runs.stop(first.id);
  expect(await first.ended).toBe('interrupted');
  expect(await third.ended).toBe('finished');
  expect(order).toEqual([2, 1, 3]);
  expect(trainers).toHaveLength(2);
});

test('A run that is being trained can not be resumed beside it, and is left alone.', async () => {
  const { parts } = await testHost('wait-at-6');
  const runs = new RunService(parts);
  const stop = new AbortController();
  let refused: unknown;
  const run = await runs.start(exampleSpec(), {
    stop: stop.signal,
    onEvent: (event) => {
      if (event.kind !== 'progress' || event.step !== 6) return;
      const { id } = parts.library.runs.list().runs[0]!;
      void runs.resume(id).catch((error: unknown) => {
        refused = error;
        stop.abort();
      });
    },
  });
  expect(refused).toMatchObject({ code: 'run-in-training', fault: 'input' });
  expect(run).toMatchObject({ status: 'interrupted', error: null });
});

test('A run that another process took in the meantime is not written to.', async () => {
  const { parts, perform } = await testHost('crash-later');
  await expect(new RunService(parts).start(exampleSpec())).rejects.toThrow();
  const { id } = parts.library.runs.list().runs[0]!;
  perform('finish');
  const taken = {
    ...parts.library,
    runs: {
      ...parts.library.runs,
      claim: () => {
        parts.library.runs.claim(id);
        throw inputError('run-in-training', 'Another process was faster.');
      },
    },
  };
  const late = new RunService({ ...parts, library: taken });
  await expect(late.resume(id)).rejects.toMatchObject({ code: 'run-in-training' });
  expect(parts.library.runs.get(id).status).toBe('running');
});

test('A finished run can not be resumed.', async () => {
  const { parts } = await testHost('finish');
  const runs = new RunService(parts);
  const { id } = await runs.start(exampleSpec());
  await expect(runs.resume(id)).rejects.toMatchObject({ code: 'run-finished', fault: 'input' });
});

test('A run whose checkpoint file is gone can not be resumed.', async () => {
  const { parts } = await testHost('crash-later');
  const runs = new RunService(parts);
  await expect(runs.start(exampleSpec())).rejects.toThrow();
  const { id } = parts.library.runs.list().runs[0]!;
  fs.rmSync(path.join(parts.library.runFolder(id), 'last.safetensors'));
  await expect(runs.resume(id)).rejects.toMatchObject({ code: 'checkpoint-missing' });
});

test('A run on data that has changed can not be resumed.', async () => {
  const { parts } = await testHost('crash-later');
  const runs = new RunService(parts);
  await expect(runs.start(exampleSpec())).rejects.toThrow();
  const { id } = parts.library.runs.list().runs[0]!;
  parts.library.runs.update(id, { spec: exampleSpec('builtin:shapes?train=30&val=10') });
  await expect(runs.resume(id)).rejects.toMatchObject({ code: 'data-changed', fault: 'input' });
});

test('Another code version is a warning, not an obstacle.', async () => {
  const { parts, perform } = await testHost('crash-later');
  await expect(new RunService(parts).start(exampleSpec())).rejects.toThrow();
  perform('finish');
  const warnings: string[] = [];
  const { id } = parts.library.runs.list().runs[0]!;
  const later = new RunService({ ...parts, codeVersion: 'later' });
  const run = await later.resume(id, {
    onEvent: (event) => {
      if (event.kind === 'warning') warnings.push(event.message);
    },
  });
  expect(run).toMatchObject({ status: 'finished', codeVersion: 'later' });
  expect(warnings[0]).toContain('begun by version test; this is later');
});

test.each([
  ['builtin:nothing', 'unknown-builtin'],
  ['/nowhere/photos', 'not-found'],
])('Bad data (%s) is refused before a run is made.', async (source, code) => {
  const { parts, trainers } = await testHost('finish');
  await expect(new RunService(parts).start(exampleSpec(source))).rejects.toMatchObject({ code });
  expect(parts.library.runs.list().total).toBe(0);
  expect(trainers).toHaveLength(0);
});

test('A weight file that is not there is refused before a run is made.', async () => {
  const { parts } = await testHost('finish');
  const spec = { ...exampleSpec(), weights: '/nowhere/weights.safetensors' };
  await expect(new RunService(parts).start(spec)).rejects.toMatchObject({ code: 'not-found' });
  expect(parts.library.runs.list().total).toBe(0);
});

test('Training loss of epochs and of the end follow from the points, interrupted or not.', async () => {
  const { parts, perform } = await testHost('crash-later');
  const runs = new RunService(parts);
  await expect(runs.start(exampleSpec())).rejects.toMatchObject({ code: 'trainer-died' });
  const { library } = parts;
  const [failed] = library.runs.list().runs;
  const mean = (from: number, to: number): number => {
    const losses = lossOf(library, failed!.id).slice(from, to);
    return losses.reduce((sum, [, loss]) => sum + loss, 0) / losses.length;
  };
  const epochs = () => {
    const series = library.series.read(failed!.id, 'train/epoch-loss')!;
    return Array.from(series.steps, (step, i) => [step, series.values[i]]);
  };
  // Epochs are 16 examples, steps 4.
  expect(epochs()).toEqual([[4, Math.fround(mean(0, 4))]]);
  expect(failed!.metrics['lastTrainLoss']).toBe(mean(0, 6));
  perform('finish');
  const resumed = await runs.resume(failed!.id);
  expect(epochs()).toEqual([
    [4, Math.fround(mean(0, 4))],
    [8, Math.fround(mean(4, 8))],
    [12, Math.fround(mean(8, 12))],
  ]);
  expect(resumed.metrics['lastTrainLoss']).toBe(mean(0, 12));
});
