// An autoencoder through the command line: its loss and terms, resumption to the same bits, early stopping by the
// loss, and what it refuses because it names no class.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { askCli, runCli, startCli, trainerOf } from './testing/command-line.ts';
import { tensorsOf } from './testing/run-files.ts';

const Run = z.object({
  id: z.string(),
  status: z.string(),
  step: z.int(),
  folder: z.string(),
  architecture: z.string(),
  metrics: z.record(z.string(), z.number().nullable()),
});
const Series = z.object({
  series: z.array(
    z.object({ name: z.string(), steps: z.array(z.int()), values: z.array(z.number()) }),
  ),
});

const spec = {
  name: 'small-vae',
  stem: { kind: 'cifar', width: 4 },
  stages: [
    { blocks: 1, width: 4 },
    { blocks: 1, width: 8, stride: 2 },
  ],
  block: { kind: 'basic' },
  shortcut: 'B',
  decoder: { kind: 'mirror', latent: 4 },
};

let home: string;
let common: readonly string[];

beforeAll(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-autoencoder-'));
  const file = path.join(home, 'vae.json');
  fs.writeFileSync(file, JSON.stringify(spec));
  common = [
    ...['train', '--data', 'builtin:shapes?train=128&val=32', '--arch', file],
    ...['--batch', '8', '--diagnostics', '4'],
  ];
});
afterAll(() => {
  fs.rmSync(home, { recursive: true, force: true });
});

const train = async (...args: string[]) => Run.parse(await askCli(home, ...common, ...args));

async function seriesOf(id: string) {
  return Series.parse(await askCli(home, 'runs', 'series', id)).series;
}

test('a killed training goes on to the same bits, in its terms and block norms too', async () => {
  const reference = await train('--steps', '48');
  expect(reference.metrics['bestValLoss']).toBeCloseTo(
    (reference.metrics['bestValReconstruction'] ?? 0) +
      (reference.metrics['bestValDivergence'] ?? 0),
    2,
  );
  expect(reference.metrics).not.toHaveProperty('bestValAccuracy');
  expect(reference.metrics).not.toHaveProperty('lastTrainAccuracy');
  const series = await seriesOf(reference.id);
  const names = series.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      ...['train/loss', 'train/reconstruction', 'train/divergence', 'train/epoch-loss'],
      ...['val/loss', 'val/reconstruction', 'val/divergence', 'block/gradient-norm'],
    ]),
  );
  expect(names.filter((name) => /accuracy|top5/.test(name))).toEqual([]);

  const running = startCli(home, [...common, '--steps', '48', '--json']);
  await running.sees('epoch 1 ·');
  process.kill(trainerOf(running), 'SIGKILL');
  await running.ended;
  const [killed] = z
    .object({ runs: z.array(z.object({ id: z.string(), status: z.string() })) })
    .parse(await askCli(home, 'runs', 'list'))
    .runs.filter(({ status }) => status !== 'finished');
  if (!killed) throw new Error('No run was killed.');
  const resumed = Run.parse(await askCli(home, 'runs', 'resume', killed.id));
  expect(resumed.status).toBe('finished');
  for (const file of ['last.safetensors', 'best.safetensors']) {
    expect(tensorsOf(resumed, file)).toEqual(tensorsOf(reference, file));
  }
  expect(await seriesOf(resumed.id)).toEqual(series);
});

test('is evaluated on its loss and refuses what needs classes, with a sentence', async () => {
  const { id } = await train('--steps', '8');
  const evaluated = z
    .object({
      loss: z.number(),
      elbo: z.object({ reconstruction: z.number(), divergence: z.number() }),
    })
    .parse(await askCli(home, 'evaluate', '--run', id));
  const { reconstruction, divergence } = evaluated.elbo;
  expect(evaluated.loss).toBeCloseTo(reconstruction + divergence, 2);
  expect(evaluated.loss).toBeGreaterThan(100);
  const image = path.join(home, 'any.png');
  for (const command of [
    ['predict', '--run', id, '--images', image],
    ['runs', 'mistakes', id],
    ['evaluate', '--run', id, '--calibration'],
    ['export', '--format', 'onnx', '--out', path.join(home, 'out'), id],
    ['probe', 'lesions', id],
  ]) {
    const { exitCode, stderr } = await runCli(home, ...command);
    expect(exitCode, command.join(' ')).toBe(2);
    expect(stderr).toContain('needs a classifier, but small-vae is an autoencoder');
  }
});

test('stops early by its loss, and says so; settings that need classes are refused', async () => {
  const stopped = await train(
    ...['--epochs', '20', '--set', 'schedule.rate=1e-9'],
    ...['--set', 'earlyStopping={"kind":"patience","evaluations":2,"leastGain":1000}'],
  );
  expect(stopped.metrics['stoppedEarly']).toBe(1);
  expect(stopped.step).toBe(3 * 16);
  const refused = await runCli(home, ...common, '--set', 'labelSmoothing=0.1');
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('it has no labels to smooth; set labelSmoothing to 0');
  const gaussian = await train(
    ...['--steps', '4', '--set', 'decoder.likelihood={"kind":"gaussian","deviation":0.5}'],
  );
  expect(gaussian.architecture).toContain('small-vae');
});
