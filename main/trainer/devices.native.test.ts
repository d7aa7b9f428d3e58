// Whole trainings on several devices, which here are all the processor: the run that they are on one, resumption,
// averages, diagnostics, streamed data, low precision, divergence.
import { expect, onTestFinished, test } from 'vitest';
import { scoreOf } from '../../shared/curves/best-evaluation.ts';
import type { DeviceList } from '../../shared/spec/devices.ts';
import type { RecipeInput } from '../../shared/spec/recipe.ts';
import { parseArchitecture } from '../zoo/parse-architecture.ts';
import { getArchitecture } from '../zoo/registry.ts';
import { failOnLeaks } from '../engine/testing/leaks.ts';
import {
  tensorsOf,
  trainingFolders,
  trainSmall,
  type Trained,
  type TrainingChanges,
} from './testing/small-training.ts';

failOnLeaks();

const folders = trainingFolders('resnet-lab-devices-');
const two: DeviceList = ['cpu', 'cpu'];
const train = (recipe: RecipeInput, given: TrainingChanges = {}): Promise<Trained> =>
  trainSmall(folders, recipe, given);

const everything: RecipeInput = {
  averaging: { kind: 'ema', decay: 0.9 },
  augmentation: { kind: 'pad-crop-flip', pad: 4, flip: true },
  diagnosticsEvery: 3,
};

function expectSameCurves(onTwo: Trained, inTwo: Trained): void {
  expect([...onTwo.host.series.keys()]).toEqual([...inTwo.host.series.keys()]);
  for (const [name, points] of inTwo.host.series) {
    const found = onTwo.host.series.get(name)!;
    expect([...found.keys()], name).toEqual([...points.keys()]);
    for (const [step, value] of points) {
      const apart = Math.abs(found.get(step)! - value) / Math.max(1, Math.abs(value));
      expect(apart, `${name} at ${step}`).toBeLessThan(1e-3);
    }
  }
}

test('A run on two devices has the curves and the evaluation of one in two micro-batches.', async () => {
  const onTwo = await train(everything, { devices: two });
  const inTwo = await train({ ...everything, microBatches: 2 });
  expectSameCurves(onTwo, inTwo);
  const [one, other] = [onTwo, inTwo].map(({ host }) => scoreOf(host.evaluation!));
  expect(one!.loss).toBeCloseTo(other!.loss, 3);
  expect(one!.accuracy).toBe(other!.accuracy);
});

const autoencoder = parseArchitecture({
  ...getArchitecture('mini-basic-b').spec,
  name: 'mini-autoencoder',
  decoder: { kind: 'mirror', latent: 5, likelihood: { kind: 'bernoulli' } },
});

test('An autoencoder on two devices is the one in two micro-batches, and goes on to the same bits.', async () => {
  const recipe: RecipeInput = {
    ...everything,
    checkpoints: { monitor: 'loss' },
    optimizer: { kind: 'adamw' },
    schedule: { kind: 'constant', rate: 0.001 },
  };
  const given = { devices: two, architecture: autoencoder };
  const onTwo = await train(recipe, given);
  expectSameCurves(
    onTwo,
    await train({ ...recipe, microBatches: 2 }, { architecture: autoencoder }),
  );
  expect([...onTwo.host.series.keys()]).toContain('train/divergence');
  const first = await train(recipe, { ...given, stopAfter: 5 });
  const rest = await train(recipe, { ...given, runFolder: first.folder, resume: true });
  expect(rest.host.prepared).toMatchObject({ firstStep: 5 });
  expect(tensorsOf(rest)).toEqual(tensorsOf(onTwo));
});

test.each([
  ['float32', 'resident'],
  ['float16', 'resident'],
  ['float32', 'streamed'],
] as const)(
  'A run on two devices that was stopped goes on to the same bits (%s, %s).',
  async (precision, data) => {
    if (data === 'streamed') {
      process.env['RESNET_LAB_RESIDENT_BYTES'] = '0';
      onTestFinished(() => {
        delete process.env['RESNET_LAB_RESIDENT_BYTES'];
      });
    }
    const recipe: RecipeInput = { ...everything, precision };
    const straight = await train(recipe, { devices: two });
    const first = await train(recipe, { devices: two, stopAfter: 5 });
    const again = { devices: two, runFolder: first.folder, resume: true };
    const rest = await train(recipe, again);
    expect(rest.host.prepared).toMatchObject({ precision, firstStep: 5 });
    expect(tensorsOf(rest)).toEqual(tensorsOf(straight));
    const losses = straight.host.series.get('train/loss')!;
    const both = new Map([
      ...first.host.series.get('train/loss')!,
      ...rest.host.series.get('train/loss')!,
    ]);
    expect(both).toEqual(losses);
  },
);

test('A run on two devices that diverges names the step and the block.', async () => {
  const recipe: RecipeInput = {
    schedule: { kind: 'constant', rate: 1000 },
    optimizer: { kind: 'sgd', momentum: 0.99 },
    length: { kind: 'steps', steps: 200 },
  };
  await expect(train(recipe, { devices: two })).rejects.toMatchObject({
    code: 'not-finite',
    details: { unit: expect.stringMatching(/^(stem|layer|head)/) as string },
  });
});
