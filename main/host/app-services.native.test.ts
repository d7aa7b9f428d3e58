import fs from 'node:fs';
import { expect, test } from 'vitest';
import { RecipeSpec } from '../../shared/spec/recipe.ts';
import { getArchitecture } from '../zoo/registry.ts';
import { startCli } from '../cli/testing/command-line.ts';
import { outputsFile, readRunFeatures, readRunOutputs } from './run-outputs.ts';
import { testApp, type TestApp } from './testing/app-fixture.ts';
import { temporaryFolder } from './testing/host-fixtures.ts';
import { realParts, startHostProcess } from './testing/real-host.ts';

// Small enough to be over in seconds, long enough to be caught in the middle.
const source = 'builtin:shapes?train=320&val=32';
const spec = {
  architecture: getArchitecture('mini-basic-a').spec,
  data: { source, valFraction: 0.1, splitSeed: 0 },
  recipe: RecipeSpec.parse({ batch: 8, length: { kind: 'steps', steps: 120 } }),
  format: 1 as const,
};

const isFinished = ({ status }: { status: string }) => status === 'finished';

async function seriesOf(app: TestApp, id: string) {
  const { series } = await app.ask('runs.series', { id });
  return series.map(({ name, steps, values }) => ({ name, steps, values }));
}

test('A run whose host was killed goes on by itself in the next one, to the same numbers.', async () => {
  const folder = temporaryFolder();
  const length = { kind: 'steps', steps: 1000 } as const;
  const long = { ...spec, recipe: { ...spec.recipe, length } };
  // The second is the first without an interruption.
  const host = await startHostProcess(folder, { spec: long, seeds: [3, 3] });
  const event = await host.sees((one) => one.kind === 'evaluation');
  const parts = realParts(folder);
  // There is a checkpoint to go on from, at the end of an epoch of 40 steps.
  await expect
    .poll(() => parts.library.runs.list().runs.some((run) => run.checkpoints.last !== undefined))
    .toBe(true);
  await host.kill();
  const app = testApp(parts);
  const runs = (await app.ask('runs.list', {})).runs;
  const id = event.kind === 'changed' ? event.run.id : event.id;
  const other = runs.find((one) => one.id !== id)!;
  const resumed = await app.until(id, isFinished);
  expect(resumed).toMatchObject({ step: 1000, error: null });
  const [before, after] = resumed.stretches!;
  expect(before!.elapsedMs).toBe(0);
  expect(after!.elapsedMs).toBeGreaterThan(0);
  // The training time of the checkpoint had passed by then, and more.
  expect(after!.startedAtMs - before!.startedAtMs).toBeGreaterThan(after!.elapsedMs);
  const whole = await app.until(other.id, isFinished);
  expect(whole.startedAt! > resumed.startedAt!).toBe(true);
  expect(await seriesOf(app, id)).toEqual(await seriesOf(app, other.id));
  expect(app.errors).toEqual([]);
});

test('The mistakes of the best checkpoint are those that its accuracy says.', async () => {
  const app = testApp(realParts(temporaryFolder()));
  const { ids } = await app.ask('runs.start', { spec, seeds: [1] });
  const id = ids[0]!;
  const run = await app.until(id, isFinished);
  const { mistakes } = await app.ask('runs.mistakes', { id });
  const { confusion, worst, examples, classes } = mistakes!;
  expect(examples).toBe(32);
  const right = classes.reduce((sum, _, i) => sum + confusion[i * classes.length + i]!, 0);
  expect(right / examples).toBeCloseTo(run.metrics['bestValAccuracy']!);
  expect(worst).toHaveLength(examples - right);
  const losses = worst.map(({ loss }) => loss);
  expect(losses).toEqual([...losses].sort((a, b) => b - a));
  // What is listed can be shown.
  const tiles = await app.ask('datasets.tiles', {
    ...{ source, split: 'val', label: null, offset: 0, count: 1 },
    indices: worst.map(({ index }) => index),
  });
  expect(tiles.labels).toEqual(worst.map(({ label }) => label));
  expect(tiles.sources).toEqual(worst.map((mistake) => mistake.source));
});

test('A training keeps what its best checkpoint says of every image; calibration and map evaluate nothing.', async () => {
  const parts = realParts(temporaryFolder());
  const app = testApp(parts);
  const { ids } = await app.ask('runs.start', { spec, seeds: [1] });
  const id = ids[0]!;
  await app.until(id, isFinished);
  const run = parts.library.runs.get(id);
  const kept = await readRunOutputs(parts.library, run);
  const features = await readRunFeatures(parts.library, run);
  expect(kept).toMatchObject({ step: run.checkpoints.best!.step, classes: 10 });
  expect(features!.features.length / features!.width).toBe(32);
  // A checkpoint evaluated anew says the same, but for what another batch rounds otherwise.
  fs.rmSync(outputsFile(parts.library, run)!);
  await app.ask('outputs.calibration', { id });
  const anew = await readRunOutputs(parts.library, run);
  expect(anew).toMatchObject({ step: kept!.step, sources: kept!.sources });
  kept!.logits.forEach((logit, i) => expect(logit).toBeCloseTo(anew!.logits[i]!, 4));
  const again = await readRunFeatures(parts.library, run);
  features!.features.forEach((value, i) => expect(value).toBeCloseTo(again!.features[i]!, 4));
  expect(app.errors).toEqual([]);
});

test('A command line that trains in the same library is not disturbed; the queue waits for it.', async () => {
  const folder = temporaryFolder();
  const app = testApp(realParts(folder));
  const training = ['train', '--data', source, '--arch', 'mini-basic-a', '--batch', '8'];
  const cli = startCli(folder, [...training, '--steps', '200', '--json']);
  await cli.sees('epoch 1 ·');
  const { ids } = await app.ask('runs.start', { spec, seeds: [1] });
  const own = await app.until(ids[0]!, isFinished);
  const foreign = (await app.ask('runs.list', {})).runs.find(({ id }) => id !== own.id)!;
  expect(foreign).toMatchObject({ status: 'finished', step: 200 });
  expect(own.startedAt! >= foreign.finishedAt!).toBe(true);
  expect((await cli.ended).exitCode).toBe(0);
});
