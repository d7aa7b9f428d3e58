import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askCli, startCli, trainerOf } from './testing/command-line.ts';

// Batches of 8 span the epochs of 100 examples; twelve steps and a half are one.
const training = [
  ...['train', '--data', 'builtin:shapes?train=100&val=20', '--arch', 'mini-basic-a'],
  ...['--batch', '8', '--epochs', '4', '--seed', '3', '--diagnostics', '0'],
];

interface RunDocument {
  readonly id: string;
  readonly metrics: Readonly<Record<string, number>>;
}

interface Points {
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

let home: string;
let reference: RunDocument;

beforeAll(async () => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-loss-'));
  reference = (await askCli(home, ...training)) as RunDocument;
});
afterAll(() => {
  fs.rmSync(home, { recursive: true, force: true });
});

async function seriesOf({ id }: RunDocument, ...names: string[]): Promise<readonly Points[]> {
  const { series } = (await askCli(home, 'runs', 'series', id, ...names)) as { series: Points[] };
  return series.map(({ name, steps, values }) => ({ name, steps, values }));
}

test('Training losses are the means of the single steps that they say.', async () => {
  const [epochs, single] = await seriesOf(reference, 'train/epoch-loss', 'train/loss');
  const { values } = single!;
  expect(single!.steps).toEqual(values.map((_, i) => i + 1));
  expect(epochs!.steps).toEqual([13, 25, 38, 50]);
  epochs!.values.forEach((loss, epoch) => {
    const examples = Array.from({ length: 100 }, (_, i) => values[(epoch * 100 + i) >> 3]!);
    expect(loss).toBeCloseTo(examples.reduce((sum, value) => sum + value, 0) / 100, 5);
  });
  const mean = values.slice(-50).reduce((sum, value) => sum + value, 0) / 50;
  expect(reference.metrics['lastTrainLoss']).toBeCloseTo(mean, 6);
});

test('A trainer that is held up says the same numbers to the last bit.', async () => {
  const running = startCli(home, [...training, '--json']);
  await running.sees('epoch 1 ·');
  const trainer = trainerOf(running);
  // Longer than any window of recent steps that a display might look through.
  process.kill(trainer, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 3500));
  process.kill(trainer, 'SIGCONT');
  const slow = JSON.parse((await running.ended).stdout) as RunDocument;
  const names = ['lastTrainLoss', 'lastTrainAccuracy', 'bestStep'] as const;
  expect(names.map((name) => slow.metrics[name])).toEqual(
    names.map((name) => reference.metrics[name]),
  );
  expect(await seriesOf(slow)).toEqual(await seriesOf(reference));
});
