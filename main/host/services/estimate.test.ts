import { expect, test } from 'vitest';
import { getArchitecture } from '../../zoo/registry.ts';
import { RecipeSpec } from '../../../shared/spec/recipe.ts';
import {
  clearlyFits,
  costOf,
  estimateEpoch,
  recipeLoad,
  refuseIfTooLarge,
  type RecipeLoad,
} from './estimate.ts';

const MiB = 2 ** 20;

/** How far the estimate may be from a measured peak. */
const TOLERANCE = 0.06;

function costFor(
  arch: string,
  side: number,
  batch: number,
  examples: number,
  load: Partial<RecipeLoad> = {},
) {
  return costOf({
    architecture: getArchitecture(arch).spec,
    input: { height: side, width: side, channels: 3 },
    classes: 10,
    batch,
    examples,
    ...load,
  });
}

/** Of the data, so many times its bytes were in memory when most peaks were measured, and no longer are. */
const COPIES_GONE = 2.7 - 1.16;

// Peak resident memory of trainers: TensorFlow 2.21, CPU with AVX-512, four steps with diagnostics, an
// evaluation and checkpoints. The last two were measured after the factors had been fitted.
test.each([
  ['mini-basic-a', 32, 8, 500, 476],
  ['resnet20', 32, 16, 500, 583],
  ['resnet20', 32, 128, 500, 1115],
  ['resnet20', 32, 128, 50_000, 1501],
  ['resnet110', 32, 128, 500, 3946],
  ['resnet50', 64, 32, 400, 1891],
  ['wrn-16-8', 32, 64, 500, 2451],
  ['resnet18', 224, 16, 100, 1992],
  ['preresnet164', 32, 64, 500, 5984],
])(
  '%s on %i px with batch %i and %i images needs about what was measured, %i MiB, with fewer copies of the data.',
  (arch, side, batch, examples, measuredMiB) => {
    const estimated = costFor(arch, side, batch, examples).totalBytes / MiB;
    const dataMiB = (examples * side * side * 3) / MiB;
    const expected = measuredMiB - COPIES_GONE * dataMiB;
    expect(Math.abs(estimated / expected - 1)).toBeLessThan(TOLERANCE);
  },
);

test('293 MiB of images add what was measured since they are in memory once: 302 MiB, on a CPU with AVX2.', () => {
  const [small, large] = [2000, 100_000].map(
    (examples) => costFor('mini-basic-a', 32, 8, examples).totalBytes / MiB,
  );
  const added = (large ?? 0) - (small ?? 0);
  expect(added).toBeGreaterThan(302);
  // With the building of the pack: 332 MiB.
  expect(added).toBeLessThan(1.06 * 332);
});

const adamw = { optimizer: { kind: 'adamw' } } as const;
const ema = { averaging: { kind: 'ema' } } as const;
const parts = { microBatches: 4 };

// The same, with options, means of two runs of 32 px and 600 images each; batches are those of a part.
test.each([
  ['resnet20', 32, {}, 638],
  ['resnet20', 32, { ...adamw, ...ema, ...parts }, 666],
  ['resnet18', 16, {}, 833],
  ['resnet18', 16, adamw, 974],
  ['resnet18', 16, ema, 970],
  ['resnet18', 16, parts, 967],
  ['resnet18', 16, { ...adamw, ...ema }, 1089],
  ['resnet18', 16, { ...adamw, ...ema, ...parts }, 1196],
  ['wrn-16-8', 8, {}, 1034],
  ['wrn-16-8', 8, adamw, 1162],
  ['wrn-16-8', 8, parts, 1078],
  ['wrn-16-8', 8, { ...adamw, ...ema, ...parts }, 1328],
  ['resnet50', 8, {}, 1235],
  ['resnet50', 8, adamw, 1522],
  ['resnet50', 8, ema, 1489],
  ['resnet50', 8, { ...adamw, ...ema, ...parts }, 2033],
])('%s, %i images at once, with %o, needs about %i MiB.', (arch, batch, recipe, measuredMiB) => {
  const { microBatches = 1 } = recipe as { microBatches?: number };
  const load = recipeLoad(RecipeSpec.parse({ ...recipe, batch: batch * microBatches }));
  expect(load.batch).toBe(batch);
  const estimated = costFor(arch, 32, batch, 600, load).totalBytes / MiB;
  expect(Math.abs(estimated / measuredMiB - 1)).toBeLessThan(TOLERANCE);
});

test('A mean image is counted.', () => {
  const plain = costFor('resnet18', 224, 16, 100);
  const load = recipeLoad(RecipeSpec.parse({ normalization: { kind: 'per-pixel' } }));
  const more = costFor('resnet18', 224, 16, 100, { meanImage: load.meanImage! });
  expect(more.memory.data - plain.memory.data).toBeGreaterThan(224 * 224 * 3 * 4);
});

test('A batch in parts needs the activations of one part; other optimizers and averages need more.', () => {
  const load = (input: Parameters<typeof RecipeSpec.parse>[0]) =>
    costOf({
      architecture: getArchitecture('resnet20').spec,
      input: { height: 32, width: 32, channels: 3 },
      classes: 10,
      examples: 500,
      ...recipeLoad(RecipeSpec.parse(input)),
    }).memory;
  const plain = load({ batch: 128 });
  const parts = load({ batch: 128, microBatches: 4 });
  expect(parts.activations).toBe(plain.activations / 4);
  expect(parts.weights).toBeGreaterThan(plain.weights);
  const rich = load({ batch: 128, optimizer: { kind: 'adamw' }, averaging: { kind: 'ema' } });
  expect(rich.weights).toBeGreaterThan(parts.weights);
});

test('Low precision halves the activations and nothing else.', () => {
  const cost = (recipe: Parameters<typeof RecipeSpec.parse>[0]) =>
    costFor('resnet50', 64, 32, 500, recipeLoad(RecipeSpec.parse(recipe))).memory;
  const full = cost({ batch: 32 });
  const low = cost({ batch: 32, precision: 'bfloat16' });
  expect(low).toEqual({ ...full, activations: full.activations / 2 });
  // What the device will say is not known yet.
  expect(cost({ batch: 32, precision: 'auto' })).toEqual(full);
});

test('Data too large for the session is not counted as if it were in it.', () => {
  const resident = costFor('resnet20', 32, 128, 300_000).memory.data;
  const streamed = costFor('resnet20', 32, 128, 400_000).memory.data;
  expect(streamed).toBeLessThan(resident / 100);
});

test('What clearly can not fit is refused with the numbers, what may fit is not.', () => {
  const cost = costFor('resnet110', 32, 128, 500);
  expect(clearlyFits(cost.totalBytes, cost.totalBytes * 0.9)).toBe(true);
  expect(() => refuseIfTooLarge(cost, 8 * 1024 * MiB, 'this machine')).not.toThrow();
  expect(() => refuseIfTooLarge(cost, 2 * 1024 * MiB, 'this machine')).toThrow(
    /needs about 3\.\d+ GiB of memory \(TensorFlow .* weights .* activations .* data .*\), but this machine has 2\.00 GiB/,
  );
});

test('The time of an epoch comes from the run that is most alike.', () => {
  const samples = [
    { macs: 40e6, batch: 128, imagesPerSecond: 1000 },
    { macs: 4e9, batch: 32, imagesPerSecond: 10 },
    { macs: 40e6, batch: 128, imagesPerSecond: 0 },
  ];
  const small = estimateEpoch({ macs: 80e6, batch: 128, examples: 5000 }, samples, 2);
  expect(small).toEqual({ epochMs: 10_000, from: 'runs' });
  const large = estimateEpoch({ macs: 2e9, batch: 32, examples: 100 }, samples, 2);
  expect(large?.epochMs).toBeCloseTo(5000);
});

test('Before the first run the time is rough on a CPU and unknown on a GPU.', () => {
  const work = { macs: 40e6, batch: 128, examples: 10_000 };
  const two = estimateEpoch(work, [], 2);
  const eight = estimateEpoch(work, [], 8);
  expect(two?.from).toBe('processor');
  expect(two?.epochMs).toBeCloseTo(4 * (eight?.epochMs ?? 0));
  expect(estimateEpoch(work, [], undefined)).toBeUndefined();
});

test('A tiny network does not make a large one seem to take hours.', () => {
  // Measured on two cores: mini-basic-a 1,874 images a second, ResNet-20 (batch 128) 475 ms a step.
  const tiny = [{ macs: 149_100, batch: 250, imagesPerSecond: 1874 }];
  const epoch = estimateEpoch({ macs: 40.6e6, batch: 128, examples: 10_000 }, tiny, 2);
  const measuredMs = (475 / 128) * 10_000;
  expect(epoch!.epochMs / measuredMs).toBeGreaterThan(1 / 3);
  expect(epoch!.epochMs / measuredMs).toBeLessThan(3);
});

test('On a GPU, whose speed is not known, the time is the run’s, by the multiply-adds.', () => {
  const samples = [{ macs: 40e6, batch: 128, imagesPerSecond: 1000 }];
  const epoch = estimateEpoch({ macs: 400e6, batch: 128, examples: 1000 }, samples, undefined);
  expect(epoch?.epochMs).toBeCloseTo(10_000);
});
