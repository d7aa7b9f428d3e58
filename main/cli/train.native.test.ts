import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseTensorFile, tensorFileParts } from '../../shared/safetensors.ts';
import { askCli, gone, runCli, startCli, trainerOf, type Running } from './testing/command-line.ts';

// Two epochs of 16 steps; enough for several checkpoints and diagnostics, over in seconds.
const data = 'builtin:shapes?train=128&val=32';
const training = ['train', '--data', data, '--arch', 'mini-basic-a', '--batch', '8'];
const whole = [...training, '--steps', '48', '--seed', '5', '--augment', 'standard'];

interface RunDocument {
  readonly id: string;
  readonly status: string;
  readonly step: number;
  readonly folder: string;
  readonly metrics: Readonly<Record<string, number>>;
}

let home: string;
let reference: RunDocument;

beforeAll(async () => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-e2e-'));
  reference = (await askCli(home, ...whole)) as RunDocument;
});
afterAll(() => {
  fs.rmSync(home, { recursive: true, force: true });
});

/** Steps and values of every series: all that must not depend on interruptions. */
async function seriesOf(id: string): Promise<unknown> {
  const document = (await askCli(home, 'runs', 'series', id)) as {
    series: { name: string; steps: number[]; values: number[] }[];
  };
  return document.series.map(({ name, steps, values }) => ({ name, steps, values }));
}

/** Starts the reference run again, interrupts it after its first epoch, and returns its id. */
async function interrupt(how: (running: Running) => void | Promise<void>) {
  const running = startCli(home, [...whole, '--json']);
  await running.sees('epoch 1 ·');
  await how(running);
  const ended = await running.ended;
  const { runs } = (await askCli(home, 'runs', 'list', '--limit', '1')) as { runs: RunDocument[] };
  return { ended, run: runs[0]! };
}

async function expectSameAsReference(id: string): Promise<void> {
  const resumed = (await askCli(home, 'runs', 'resume', id)) as RunDocument;
  expect(resumed).toMatchObject({ id, status: 'finished', step: 48 });
  expect(await seriesOf(id)).toEqual(await seriesOf(reference.id));
  expect(resumed.metrics['bestValAccuracy']).toBe(reference.metrics['bestValAccuracy']);
  const weights = (run: RunDocument) => tensorsOf(path.join(run.folder, 'last.safetensors'));
  expect(weights(resumed)).toEqual(weights(reference));
}

/** Names and bytes of all tensors. */
function tensorsOf(file: string): unknown {
  const content = parseTensorFile(fs.readFileSync(file));
  return [...content.tensors.keys()].map((name) => [
    name,
    Buffer.from(content.bytesOf(name)).toString('base64'),
  ]);
}

test('A run is trained, listed, and its curves can be read as CSV.', async () => {
  expect(reference).toMatchObject({ status: 'finished', step: 48 });
  const { stdout } = await runCli(home, 'runs', 'series', reference.id, 'train/loss', '--csv');
  const lines = stdout.trim().split('\n');
  expect(lines[0]).toBe('step,epoch,elapsed_ms,wall_time,train/loss');
  expect(lines).toHaveLength(49);
  const list = await runCli(home, 'runs', 'list');
  expect(list.stdout).toContain(reference.id);
  const show = await runCli(home, 'runs', 'show', reference.id.slice(-4));
  expect(show.stdout).toContain('block/gradient-norm');
});

test('The same seed gives the same run again.', async () => {
  const again = (await askCli(home, ...whole)) as RunDocument;
  expect(await seriesOf(again.id)).toEqual(await seriesOf(reference.id));
});

describe('A run goes on as if nothing had happened', () => {
  test('after Ctrl-C', async () => {
    const { ended, run } = await interrupt(({ process: cli }) => void cli.kill('SIGINT'));
    expect(ended.exitCode).toBe(130);
    expect(ended.stderr).toContain('Stopping after this step; press again to abandon.');
    expect(JSON.parse(ended.stdout)).toMatchObject({ id: run.id, status: 'interrupted' });
    expect(run.step).toBeGreaterThanOrEqual(16);
    expect(run.step).toBeLessThan(48);
    await expectSameAsReference(run.id);
  });

  test('after its trainer was killed', async () => {
    const { ended, run } = await interrupt((running) => {
      process.kill(trainerOf(running), 'SIGKILL');
    });
    expect(ended.exitCode).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      error: { code: 'trainer-died', details: { run: run.id } },
    });
    expect(run.status).toBe('failed');
    await expectSameAsReference(run.id);
  });

  test('after the command line was killed, whose trainer then ends by itself', async () => {
    let trainer = 0;
    const { run } = await interrupt((running) => {
      trainer = trainerOf(running);
      running.process.kill('SIGKILL');
    });
    await gone(trainer);
    expect(run.status).toBe('interrupted');
    await expectSameAsReference(run.id);
  });
});

test('A trained run can be evaluated and used on a tensor.', async () => {
  const facts = await askCli(home, 'evaluate', '--run', reference.id);
  expect(facts).toMatchObject({
    split: 'val',
    examples: 32,
    accuracy: reference.metrics['bestValAccuracy'],
  });
  const x = path.join(home, 'x.safetensors');
  const out = path.join(home, 'y.safetensors');
  const values = new Float32Array(3 * 32 * 32 * 3);
  values[32 * 32 * 3] = Number.NaN;
  const data = new Uint8Array(values.buffer);
  const parts = tensorFileParts([{ name: 'x', dtype: 'F32', shape: [3, 32, 32, 3], data }]);
  fs.writeFileSync(x, Buffer.concat(parts));
  const tensor = ['predict', '--run', reference.id, '--tensor', x, '--out', out, '--json'];
  const { exitCode, stdout } = await runCli(home, ...tensor);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ examples: 3, notFinite: 1 });
  const answer = parseTensorFile(fs.readFileSync(out));
  expect(answer.tensors.get('logits')?.shape).toEqual([3, 10]);
});

test('A diverging run fails with the step in the sentence, and keeps its series.', async () => {
  const { exitCode, stderr } = await runCli(
    home,
    ...[
      ...training,
      '--steps',
      '40',
      '--set',
      'schedule.rate=1000',
      '--set',
      'optimizer.momentum=0.99',
    ],
  );
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/error\[[a-z-]+\]: .*step \d+/);
});

test.each<[string, string, number, ...string[]]>([
  ['unknown-architecture', 'Close to it', 2, 'train', '--data', data, '--arch', 'resnet21'],
  ['not-found', '', 2, 'train', '--data', '/nowhere', '--arch', 'resnet20'],
  ['unknown-setting', 'Did you mean rate?', 2, ...training, '--set', 'schedule.rat=1'],
  ['not-found', 'no weight file', 2, ...training, '--weights', '/nowhere.safetensors'],
  ['no-such-run', 'runs list', 2, 'runs', 'show', 'zzzz'],
  ['no-such-run', 'runs list', 2, 'runs', 'resume', 'zzzz'],
  ['no-such-series', '', 2, 'runs', 'series', 'REFERENCE', 'train/los'],
  ['run-finished', 'runs extend', 2, 'runs', 'resume', 'REFERENCE'],
  ['no-such-split', 'it has: train, val', 2, 'evaluate', '--run', 'REFERENCE', '--split', 'test'],
  ['bad-option', '--split must be one of', 2, 'evaluate', '--run', 'REFERENCE', '--split', 'x'],
  ['bad-option', '--weights FILE', 2, 'evaluate', '--data', data],
  ['bad-option', 'give one of them', 2, 'predict', '--run', 'REFERENCE'],
  ['library-not-a-folder', '--home', 2, 'runs', 'list', '--home', import.meta.filename],
])(
  'Bad input gets the error %s (%s) and exit code %i.',
  async (code, sentence, exitCode, ...args) => {
    const given = args.map((arg) => (arg === 'REFERENCE' ? reference.id : arg));
    const plain = await runCli(home, ...given);
    expect(plain.stderr).toContain(`error[${code}]: `);
    expect(plain.stderr).toContain(sentence);
    expect(plain).toMatchObject({ exitCode, stdout: '' });
  },
);

test('An error is a document where documents are asked for.', async () => {
  const json = await runCli(home, 'runs', 'show', 'zzzz', '--json');
  expect(json.exitCode).toBe(2);
  expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'no-such-run' } });
});
