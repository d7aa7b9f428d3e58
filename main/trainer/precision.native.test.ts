// Whole trainings in low precision: resumption, what the device says, evaluation, divergence.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  EvaluationFacts,
  PreparedFacts,
  SeriesPoints,
  TrainEvent,
  TrainJob,
} from '../../shared/contract/trainer.ts';
import { parseTensorFile } from '../../shared/safetensors.ts';
import { RecipeSpec, type RecipeInput } from '../../shared/spec/recipe.ts';
import { DataSpec } from '../../shared/spec/run.ts';
import { failOnLeaks } from '../engine/testing/leaks.ts';
import { getArchitecture } from '../zoo/registry.ts';
import { runEvaluateJob } from './evaluate-job.ts';
import type { HostLink } from './host-link.ts';
import { runTrainJob } from './train-job.ts';

failOnLeaks();

const STEPS = 12;
const DATA = DataSpec.parse({ source: 'builtin:shapes?train=64&val=16' });

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'resnet-lab-precision-'));
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

/** Keeps what the trainer says, and stops it after some steps. */
class Listening implements HostLink {
  readonly series = new Map<string, Map<number, number>>();
  prepared: PreparedFacts | undefined;
  evaluation: EvaluationFacts | undefined;
  private readonly stopAfter: number;
  private turns = 0;

  constructor(stopAfter = Infinity) {
    this.stopAfter = stopAfter;
  }

  get stopRequested(): boolean {
    return this.turns++ >= this.stopAfter;
  }

  send(message: TrainEvent): Promise<void> {
    if (message.kind === 'prepared') this.prepared = message.facts;
    if (message.kind === 'evaluation') this.evaluation = message.facts;
    return Promise.resolve();
  }

  savePoints(series: SeriesPoints[]): Promise<void> {
    for (const { name, steps, values, width } of series) {
      const points = this.series.get(name) ?? new Map<number, number>();
      steps.forEach((step, i) => points.set(step, values[i * width] ?? Number.NaN));
      this.series.set(name, points);
    }
    return Promise.resolve();
  }
}

let folders = 0;
function newFolder(): string {
  return mkdtempSync(join(home, `run-${folders++}-`));
}

interface Trained {
  readonly host: Listening;
  readonly folder: string;
}

async function train(
  recipe: RecipeInput,
  given: Partial<TrainJob> & { stopAfter?: number } = {},
): Promise<Trained> {
  const { stopAfter, ...job } = given;
  const host = new Listening(stopAfter);
  const folder = job.runFolder ?? newFolder();
  const architecture = getArchitecture('mini-basic-a').spec;
  const parsed = RecipeSpec.parse({
    ...{ batch: 8, length: { kind: 'steps', steps: STEPS }, diagnosticsEvery: 0 },
    ...recipe,
  });
  await runTrainJob(
    {
      spec: { format: 1, architecture, data: DATA, recipe: parsed, seed: 3 },
      runFolder: folder,
      cacheFolder: home,
      resume: false,
      ...job,
    },
    host,
  );
  return { host, folder };
}

function tensorsOf({ folder }: Trained): Map<string, string> {
  const file = parseTensorFile(readFileSync(join(folder, 'last.safetensors')));
  return new Map(
    [...file.tensors.keys()].map((name) => [
      name,
      Buffer.from(file.bytesOf(name)).toString('base64'),
    ]),
  );
}

describe.each(['bfloat16', 'float16'] as const)('a training in %s', (precision) => {
  test('that was stopped goes on to the same bits', async () => {
    const recipe: RecipeInput = { precision, optimizer: { kind: 'adamw' } };
    const straight = await train(recipe);
    const first = await train(recipe, { stopAfter: 5 });
    expect(first.host.series.get('train/loss')?.size).toBe(5);
    const rest = await train(recipe, { runFolder: first.folder, resume: true });
    expect(rest.host.prepared).toMatchObject({ precision, firstStep: 5 });
    expect(tensorsOf(rest)).toEqual(tensorsOf(straight));
    for (const [name, points] of straight.host.series) {
      if (!name.startsWith('train/')) continue;
      const both = new Map([...first.host.series.get(name)!, ...rest.host.series.get(name)!]);
      expect(both, name).toEqual(points);
    }
  });
});

test('a float16 training charts its loss scale and the steps that it skipped', async () => {
  const { host } = await train({ precision: 'float16', length: { kind: 'steps', steps: 4 } });
  const scales = [...host.series.get('train/loss-scale')!.values()];
  const skipped = [...host.series.get('train/skipped-steps')!.values()];
  // Halved once for every step that was skipped, and never else in so few steps.
  expect(scales).toEqual(skipped.map((count) => 2 ** (16 - count)));
  const plain = await train({ length: { kind: 'steps', steps: 1 } });
  expect(plain.host.series.has('train/loss-scale')).toBe(false);
});

test('what the device is fastest in holds for the whole run, wherever it goes on', async () => {
  const recipe: RecipeInput = { precision: 'auto', length: { kind: 'steps', steps: 4 } };
  const first = await train(recipe, { fastest: 'bfloat16', stopAfter: 2 });
  expect(first.host.prepared?.precision).toBe('bfloat16');
  const elsewhere = { runFolder: first.folder, resume: true, fastest: 'float32' } as const;
  expect((await train(recipe, elsewhere)).host.prepared?.precision).toBe('bfloat16');
  expect((await train(recipe, { fastest: 'float32' })).host.prepared?.precision).toBe('float32');
});

test('a later evaluation computes as the training did', async () => {
  const trained = await train({ precision: 'bfloat16', length: { kind: 'steps', steps: 3 } });
  const { evaluation } = await runEvaluateJob(
    {
      weights: { file: join(trained.folder, 'last.safetensors') },
      ...{ data: DATA, split: 'val', batch: 8, cacheFolder: home },
    },
    new Listening(),
  );
  expect(evaluation.loss).toBe(trained.host.evaluation?.loss);
});

test.each(['bfloat16', 'float16'] as const)(
  'a training in %s that diverges names the step and the block',
  async (precision) => {
    const schedule = { kind: 'constant', rate: 1000 } as const;
    const optimizer = { kind: 'sgd', momentum: 0.99 } as const;
    const length = { kind: 'steps', steps: 200 } as const;
    await expect(train({ precision, schedule, optimizer, length })).rejects.toMatchObject({
      code: 'not-finite',
      details: { precision, unit: expect.stringMatching(/^(stem|layer|head)/) as string },
    });
  },
);
