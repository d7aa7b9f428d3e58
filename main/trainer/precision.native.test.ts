// Whole trainings in low precision: resumption, what the device says, evaluation, divergence.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RecipeInput } from '../../shared/spec/recipe.ts';
import { failOnLeaks } from '../engine/testing/leaks.ts';
import { runEvaluateJob } from './evaluate-job.ts';
import {
  DATA,
  Listening,
  tensorsOf,
  trainingFolders,
  trainSmall,
  type Trained,
  type TrainingChanges,
} from './testing/small-training.ts';

failOnLeaks();

const folders = trainingFolders('resnet-lab-precision-');
const train = (recipe: RecipeInput, given: TrainingChanges = {}): Promise<Trained> =>
  trainSmall(folders, recipe, given);

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
      ...{ data: DATA, split: 'val', batch: 8, cacheFolder: folders.home },
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
