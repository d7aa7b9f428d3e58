// A run that is extended at a constant rate is the run that was longer from the start, bit by bit.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseTensorFile } from '../../shared/safetensors.ts';
import { askCli } from './testing/command-line.ts';

interface RunDocument {
  readonly id: string;
  readonly status: string;
  readonly step: number;
  readonly folder: string;
}

const training = [
  ...['train', '--data', 'builtin:shapes?train=64&val=16', '--arch', 'mini-basic-a'],
  ...['--batch', '8', '--seed', '3', '--augment', 'standard', '--diagnostics', '0'],
  ...['--set', 'optimizer={"kind":"adamw"}', '--set', 'averaging={"kind":"ema"}'],
  ...['--set', 'schedule={"kind":"constant","rate":0.01,"warmup":{"kind":"linear","steps":4}}'],
];

let home: string;
beforeAll(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-extend-'));
});
afterAll(() => {
  fs.rmSync(home, { recursive: true, force: true });
});

function tensorsOf({ folder }: RunDocument): unknown {
  const content = parseTensorFile(fs.readFileSync(path.join(folder, 'last.safetensors')));
  return [...content.tensors.keys()].map((name) => [
    name,
    Buffer.from(content.bytesOf(name)).toString('base64'),
  ]);
}

async function seriesOf({ id }: RunDocument): Promise<unknown> {
  const { series } = (await askCli(home, 'runs', 'series', id)) as {
    series: { name: string; steps: number[]; values: number[] }[];
  };
  return series.map(({ name, steps, values }) => ({ name, steps, values }));
}

test('Extended from one epoch to two: weights, slots, averages and series are those of two.', async () => {
  const straight = (await askCli(home, ...training, '--epochs', '2')) as RunDocument;
  const short = (await askCli(home, ...training, '--epochs', '1')) as RunDocument;
  expect(short).toMatchObject({ status: 'finished', step: 8 });
  const longer = (await askCli(
    ...([home, 'runs', 'extend', short.id, '--epochs', '2', '--schedule', 'append'] as const),
  )) as RunDocument;
  expect(longer).toMatchObject({ id: short.id, status: 'finished', step: 16 });
  expect(tensorsOf(longer)).toEqual(tensorsOf(straight));
  expect(await seriesOf(longer)).toEqual(await seriesOf(straight));
});
