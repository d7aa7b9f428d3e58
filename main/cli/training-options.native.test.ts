// The options of a training through the command line: bit-exact resumption with everything on, early
// stopping, kept checkpoints, fine-tuning from a file, and what a run records about it.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseTensorFile, tensorFileParts } from '../../shared/safetensors.ts';
import { readFloats } from '../../shared/tensor-values.ts';
import { openDataset } from '../data/open.ts';
import { noisePng } from '../data/testing/fixtures.ts';
import { askCli, runCli, startCli, trainerOf } from './testing/command-line.ts';
import { tensorsOf } from './testing/run-files.ts';
import { imagesOf } from '../data/testing/images-of.ts';

const data = 'builtin:shapes?train=128&val=32';
const common = ['train', '--data', data, '--arch', 'mini-basic-a', '--seed', '5'];
const everything = [
  ...[...common, '--batch', '8', '--steps', '48', '--augment', 'standard'],
  ...['--set', 'optimizer.kind=adamw', '--set', 'schedule.rate=0.002'],
  ...['--set', 'averaging={"kind":"ema","decay":0.9}', '--set', 'microBatches=2'],
  ...['--set', 'checkpoints.keepBest=2', '--set', 'testTimeFlip=true'],
  ...['--normalize', 'per-pixel'],
];

interface RunDocument {
  readonly id: string;
  readonly status: string;
  readonly step: number;
  readonly totalSteps: number;
  readonly folder: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly checkpoints: {
    readonly kept?: readonly { readonly step: number; readonly file: string }[];
  };
  readonly environment: { readonly prepared: Readonly<Record<string, unknown>> };
}

let home: string;

beforeAll(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-training-'));
});
afterAll(() => {
  fs.rmSync(home, { recursive: true, force: true });
});

const train = async (...args: string[]): Promise<RunDocument> =>
  (await askCli(home, ...args)) as RunDocument;

async function seriesOf(id: string): Promise<unknown> {
  const document = (await askCli(home, 'runs', 'series', id)) as {
    series: { name: string; steps: number[]; values: number[] }[];
  };
  return document.series.map(({ name, steps, values }) => ({ name, steps, values }));
}

/** A dataset of four classes, as a file. */
function fourClasses(): string {
  const file = path.join(home, 'four.safetensors');
  const count = 16;
  const labels = Int32Array.from({ length: count }, (_, i) => i % 4);
  const parts = tensorFileParts([
    {
      name: 'images',
      dtype: 'U8',
      shape: [count, 32, 32, 3],
      data: new Uint8Array(count * 32 * 32 * 3).map((_, i) => i % 251),
    },
    { name: 'labels', dtype: 'I32', shape: [count], data: new Uint8Array(labels.buffer) },
  ]);
  fs.writeFileSync(file, Buffer.concat(parts));
  return file;
}

describe('AdamW, averaged weights and accumulated gradients', () => {
  test('a killed training goes on to the same bits, kept checkpoints and mistakes included', async () => {
    const reference = await train(...everything);
    const running = startCli(home, [...everything, '--json']);
    await running.sees('epoch 1 ·');
    process.kill(trainerOf(running), 'SIGKILL');
    expect((await running.ended).exitCode).toBe(1);
    const { runs } = (await askCli(home, 'runs', 'list', '--limit', '1')) as {
      runs: RunDocument[];
    };
    const killed = runs[0]!;
    expect(killed.step).toBeLessThan(48);
    const resumed = await train('runs', 'resume', killed.id);

    expect(resumed).toMatchObject({ id: killed.id, status: 'finished', step: 48 });
    expect(await seriesOf(resumed.id)).toEqual(await seriesOf(reference.id));
    expect(tensorsOf(resumed, 'last.safetensors')).toEqual(
      tensorsOf(reference, 'last.safetensors'),
    );
    const names = [...tensorsOf(reference, 'last.safetensors').keys()];
    expect(names).toContain('normalization.mean_image');
    for (const prefix of ['optimizer.exp_avg.', 'optimizer.exp_avg_sq.', 'average.']) {
      expect(names).toContain(`${prefix}fc.weight`);
    }
    // What is evaluated is the average, and `best` holds nothing else.
    const best = tensorsOf(reference, 'best.safetensors');
    expect([...best.keys()].some((name) => name.includes('average'))).toBe(false);

    const kept = (run: RunDocument) => run.checkpoints.kept!.map(({ step, file }) => [step, file]);
    expect(kept(resumed)).toEqual(kept(reference));
    expect(kept(reference)).toHaveLength(2);
    for (const { file } of reference.checkpoints.kept!) {
      expect(tensorsOf(resumed, file)).toEqual(tensorsOf(reference, file));
    }
    const files = fs.readdirSync(reference.folder).filter((file) => file.startsWith('step-'));
    expect(files.sort()).toEqual(reference.checkpoints.kept!.map(({ file }) => file).sort());

    const mistakes = async ({ id }: RunDocument) => ({
      ...((await askCli(home, 'runs', 'mistakes', id)) as object),
      run: '',
    });
    expect(await mistakes(resumed)).toEqual(await mistakes(reference));
    expect(await mistakes(reference)).toMatchObject({ examples: 32 });
    // The evaluation of its own process agrees with the training's: averages and mirror images.
    const facts = await askCli(home, 'evaluate', '--run', reference.id, '--batch', '4');
    expect(facts).toMatchObject({ accuracy: reference.metrics['bestValAccuracy'] });
    const [first] = reference.checkpoints.kept!;
    const step = ['--checkpoint', String(first!.step)];
    const older = await askCli(home, 'evaluate', '--run', reference.id, ...step);
    expect(older).toMatchObject({ run: { step: first!.step } });
  });
});

test('the mean image of a run is that of its training images, and predictions subtract it', async () => {
  const images = path.join(home, 'mean');
  for (let i = 0; i < 12; i++) {
    const folder = path.join(images, i % 2 === 0 ? 'noise' : 'more');
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, `${i}.png`), noisePng(16, i));
  }
  const run = await train(
    ...['train', '--data', images, '--arch', 'mini-basic-a', '--batch', '4', '--steps', '4'],
    ...['--normalize', 'per-pixel', '--set', 'data.imageSize=16'],
  );
  const content = parseTensorFile(fs.readFileSync(path.join(run.folder, 'best.safetensors')));
  const entry = content.tensors.get('normalization.mean_image')!;
  expect(entry.shape).toEqual([3, 16, 16]);
  const mean = readFloats(entry.dtype, content.bytesOf('normalization.mean_image'));

  const dataset = await openDataset({
    ...{ source: images, cacheFolder: path.join(home, 'cache'), imageSize: 16, valFraction: 0.1 },
  });
  const { count, rowBytes } = dataset.splits.train;
  const pixels = await imagesOf(dataset.splits.train);
  await dataset.close();
  expect(count).toBeLessThan(12);
  const at = (row: number, i: number): number => pixels[row * rowBytes + i]!;
  for (let i = 0; i < rowBytes; i++) {
    let sum = 0;
    for (let row = 0; row < count; row++) sum += at(row, i);
    const [channel, place] = [i % 3, Math.floor(i / 3)];
    expect(mean[channel * 256 + place]).toBe(Math.fround(sum / (255 * count)));
  }

  // What the images of a folder are classified as is what the same numbers, subtracted here, give.
  const file = path.join(images, dataset.splits.train.sourceOf(0));
  const x = Float32Array.from({ length: rowBytes }, (_, i) => {
    return at(0, i) / 255 - mean[(i % 3) * 256 + Math.floor(i / 3)]!;
  });
  await dataset.close();
  const tensor = path.join(home, 'x.safetensors');
  const out = path.join(home, 'y.safetensors');
  const part = { name: 'x', dtype: 'F32', shape: [1, 16, 16, 3] } as const;
  const parts = tensorFileParts([{ ...part, data: new Uint8Array(x.buffer) }]);
  fs.writeFileSync(tensor, Buffer.concat(parts));
  await askCli(home, 'predict', '--run', run.id, '--tensor', tensor, '--out', out);
  const logits = readFloats('F32', parseTensorFile(fs.readFileSync(out)).bytesOf('logits'));
  const predicted = (await askCli(home, 'predict', '--run', run.id, '--images', file)) as {
    predictions: { classes: { name: string; probability: number }[] }[];
  };
  const [first, second] = logits;
  const names = ['more', 'noise'];
  const probability = 1 / (1 + Math.exp(-Math.abs(first! - second!)));
  const [best] = predicted.predictions[0]!.classes;
  expect(best!.name).toBe(names[first! > second! ? 0 : 1]);
  expect(best!.probability).toBeCloseTo(probability, 4);
  // Another size has another number of pixels.
  const other = ['predict', '--run', run.id, '--images', file, '--input', '8x8x3', '--json'];
  const { exitCode, stdout } = await runCli(home, ...other);
  expect(exitCode).toBe(2);
  expect(stdout).toContain('mean image');
});

test('early stopping ends a run that brings nothing new and restores its best weights', async () => {
  const run = await train(
    ...[...common, '--batch', '16', '--epochs', '30', '--set', 'schedule.kind=constant'],
    // So high a gain that only the first evaluation counts.
    ...['--set', 'earlyStopping={"kind":"patience","evaluations":2,"leastGain":0.9}'],
  );
  expect(run).toMatchObject({ status: 'finished', step: 24, totalSteps: 240 });
  expect(run.metrics['stoppedEarly']).toBe(1);
  const last = tensorsOf(run, 'last.safetensors');
  for (const [name, bytes] of tensorsOf(run, 'best.safetensors')) {
    expect(last.get(name), name).toBe(bytes);
  }
  const shown = await runCli(home, 'runs', 'show', run.id);
  expect(shown.stdout).toContain('24 of 240, stopped early');
});

describe('fine-tuning', () => {
  let teacher: RunDocument;
  let weights: string;

  beforeAll(async () => {
    teacher = await train(...[...common, '--batch', '16', '--steps', '8']);
    weights = path.join(teacher.folder, 'last.safetensors');
  });

  test('keeps frozen stages to the bit, trains the rest, and says which tensors were taken', async () => {
    const fineTune = ['--weights', weights, '--new-head', '--recipe', 'fine-tune', '--batch', '16'];
    const run = await train(...[...common, ...fineTune, '--steps', '6']);
    const before = tensorsOf(teacher, 'last.safetensors');
    const after = tensorsOf(run, 'last.safetensors');
    for (const [name, bytes] of after) {
      if (name.startsWith('optimizer.') || name.endsWith('num_batches_tracked')) continue;
      const isFrozen = /^(conv1|bn1|layer1)\./.test(name);
      expect(bytes === before.get(name), name).toBe(isFrozen);
    }
    expect([...after.keys()]).not.toContain('optimizer.momentum.conv1.weight');
    expect(run.environment.prepared).toMatchObject({
      start: {
        file: weights,
        left: ['fc.weight', 'fc.bias'],
        fresh: ['fc.weight', 'fc.bias'],
      },
      frozen: { units: ['stem', 'layer1.0'] },
    });
    const log = fs.readFileSync(path.join(run.folder, 'trainer.log'), 'utf8');
    expect(log).toContain('Left in the file: fc.weight, fc.bias');
    expect(log).toContain('Frozen, ');
    const shown = await runCli(home, 'runs', 'show', run.id);
    expect(shown.stdout).toContain('deviates');
    expect(shown.stdout).toContain('batch 16 instead of 64');
    expect(shown.stdout).toContain('length steps (steps 6) instead of epochs (epochs 10)');
  });

  test.each<[string, string, (file: string) => string[]]>([
    ['weights-mismatch', 'missing', (file) => ['--arch', 'mini-basic-b', '--weights', file]],
    ['weights-mismatch', 'use --new-head', (file) => ['--weights', file, '--data', fourClasses()]],
    ['bad-recipe', 'random weights', () => ['--recipe', 'fine-tune']],
    [
      'bad-recipe',
      'freezes 8 stages',
      (file) => ['--weights', file, '--set', 'frozen={"kind":"stages","stages":8}'],
    ],
    ['bad-recipe', 'must divide the batch', () => ['--batch', '9', '--set', 'microBatches=2']],
  ])('what does not fit is refused as %s (%s)', async (code, text, args) => {
    const ended = await runCli(home, ...common, ...args(weights), '--json');
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code } });
    expect(ended.exitCode).toBe(2);
    expect(ended.stdout).toContain(text);
  });

  test('a run that was refused is not in the library', async () => {
    const { runs } = (await askCli(home, 'runs', 'list')) as { runs: RunDocument[] };
    expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'finished'));
  });
});

describe('Devices', () => {
  test('two of them train as two micro-batches do, killed and resumed to the same bits', async () => {
    const options = [...common, '--batch', '8', '--steps', '24', '--devices', 'cpu,cpu'];
    const reference = await train(...options);
    const running = startCli(home, [...options, '--json']);
    await running.sees('epoch 1 ·');
    process.kill(trainerOf(running), 'SIGKILL');
    expect((await running.ended).exitCode).toBe(1);
    const { runs } = (await askCli(home, 'runs', 'list', '--limit', '1')) as {
      runs: RunDocument[];
    };
    const resumed = await train('runs', 'resume', runs[0]!.id);
    expect(resumed).toMatchObject({ id: runs[0]!.id, status: 'finished', step: 24 });
    expect(tensorsOf(resumed, 'last.safetensors')).toEqual(
      tensorsOf(reference, 'last.safetensors'),
    );
    expect(await seriesOf(resumed.id)).toEqual(await seriesOf(reference.id));
  });

  test.each([
    ['0,0', 'it names GPU 0 twice'],
    ['cpu,cpu,cpu', '3 devices do not divide a batch of 64 evenly; 2 would'],
    ['0,63', 'but no GPU can be used here'],
  ])('%s are refused with a sentence, and no run is made', async (devices, said) => {
    const before = await askCli(home, 'runs', 'list');
    const { exitCode, stderr } = await runCli(home, ...common, '--devices', devices);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(said);
    expect(await askCli(home, 'runs', 'list')).toEqual(before);
  });
});
