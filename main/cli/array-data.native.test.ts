// Datasets that are arrays or lists, through the command line: MNIST's IDX and NumPy's npz with the same images
// train to the same bits, also when the trainer is killed on the way; columns of a list are chosen by name.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idx, npy, writeNpz } from '../data/testing/arrays.ts';
import { noisePng } from '../data/testing/fixtures.ts';
import { askCli, runCli, startCli, trainerOf } from './testing/command-line.ts';
import { tensorsOf } from './testing/run-files.ts';

interface RunDocument {
  readonly id: string;
  readonly status: string;
  readonly step: number;
  readonly folder: string;
}

const COUNT = 48;
const SIDE = 16;
const STEPS = 60;
let home: string;
let idxFolder: string;
let npzFile: string;

beforeAll(async () => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-arrays-'));
  const pixels = Uint8Array.from(
    { length: COUNT * SIDE * SIDE },
    (_, i) => (i * i + (i >> 8) * 60) % 251,
  );
  const labels = Uint8Array.from({ length: COUNT }, (_, i) => i % 3);
  idxFolder = path.join(home, 'digits');
  fs.mkdirSync(idxFolder);
  fs.writeFileSync(
    path.join(idxFolder, 'train-images-idx3-ubyte'),
    idx([COUNT, SIDE, SIDE], pixels),
  );
  fs.writeFileSync(path.join(idxFolder, 'train-labels-idx1-ubyte'), idx([COUNT], labels));
  npzFile = path.join(home, 'digits.npz');
  await writeNpz(
    npzFile,
    {
      images: npy({ descr: '|u1', shape: [COUNT, SIDE, SIDE] }, pixels),
      labels: npy({ descr: '|u1', shape: [COUNT] }, labels),
    },
    { compress: true },
  );
});
afterAll(() => {
  fs.rmSync(home, { recursive: true, force: true });
});

const argumentsFor = (data: string): string[] => [
  ...['train', '--data', data, '--arch', 'mini-basic-a', '--batch', '8', '--seed', '3'],
  ...['--steps', String(STEPS)],
];

async function killedAndResumed(folder: string, data: string): Promise<RunDocument> {
  const running = startCli(folder, [...argumentsFor(data), '--json']);
  await running.sees('epoch 1 ·');
  process.kill(trainerOf(running), 'SIGKILL');
  expect((await running.ended).exitCode).toBe(1);
  const { runs } = (await askCli(folder, 'runs', 'list')) as { runs: RunDocument[] };
  expect(runs[0]!.step).toBeLessThan(STEPS);
  return (await askCli(folder, 'runs', 'resume', runs[0]!.id)) as RunDocument;
}

test('IDX and npz of the same images train to the same bits, killed and resumed or not.', async () => {
  const straight = (await askCli(path.join(home, 'a'), ...argumentsFor(idxFolder))) as RunDocument;
  const expected = tensorsOf(straight, 'last.safetensors');
  const resumed = await Promise.all([
    killedAndResumed(path.join(home, 'b'), idxFolder),
    killedAndResumed(path.join(home, 'c'), npzFile),
  ]);
  for (const run of resumed) {
    expect(run).toMatchObject({ status: 'finished', step: STEPS });
    expect(tensorsOf(run, 'last.safetensors')).toEqual(expected);
  }
});

test('Columns of a list of labels are chosen by name, and what they are not is a sentence.', async () => {
  const folder = path.join(home, 'flowers');
  fs.mkdirSync(path.join(folder, 'images'), { recursive: true });
  for (let i = 0; i < 8; i++)
    fs.writeFileSync(path.join(folder, 'images', `${i}.png`), noisePng(8, i));
  const rows = Array.from({ length: 8 }, (_, i) => `${i},${'ab'[i % 2]},${'xyz'[i % 3]}`);
  fs.writeFileSync(path.join(folder, 'list.csv'), ['id,colour,shape', ...rows].join('\n'));
  const asked = await runCli(home, 'data', 'inspect', folder);
  expect([asked.exitCode, asked.stderr]).toEqual([
    2,
    expect.stringContaining('error[ambiguous-columns]'),
  ]);
  const chosen = (await askCli(home, 'data', 'inspect', folder, '--columns', 'label=shape')) as {
    classes: { name: string }[];
  };
  expect(chosen.classes.map(({ name }) => name)).toEqual(['x', 'y', 'z']);
  // The choice is remembered with the dataset.
  expect(await askCli(home, 'data', 'inspect', folder)).toMatchObject({
    layout: { layout: 'list' },
  });
  const wrong = await runCli(home, 'data', 'inspect', folder, '--columns', 'label=scent');
  expect([wrong.exitCode, wrong.stderr]).toEqual([
    2,
    expect.stringContaining('error[unknown-column]'),
  ]);
});
