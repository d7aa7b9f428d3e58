import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, afterAll, expect, test } from 'vitest';
import { exampleSpec } from '../host/testing/example-spec.ts';
import {
  superviseTrainer,
  type JobOptions,
  type TrainerOptions,
} from '../host/trainer-supervisor.ts';
import { utilityLauncher } from './utility-launcher.ts';
import { FakeElectron } from './testing/fake-electron.ts';

let folder: string;
let entryFile: string;
const electron = new FakeElectron();
electron.ready();

/** A trainer without TensorFlow, over the real trainer's end of the wire. */
const acting = `
  import { trainerContract, TRAINER_VERSION } from './shared/contract/trainer.ts';
  import { serveContract } from './shared/rpc/server.ts';
  import { linkOf } from './main/trainer/host-link.ts';
  import { openHostWire } from './main/trainer/host-wire.ts';
  process.on('unhandledRejection', (reason) => { throw reason; });
  const forever = () => new Promise((resolve) => setTimeout(resolve, 1e9));
  const result = (outcome) => ({ outcome, stoppedEarly: false, step: 1, elapsedMs: 5, peakMemoryBytes: 1 });
  async function train(host) {
    console.log('acting: ' + process.env.ACT);
    switch (process.env.ACT) {
      case 'finish':
        await host.savePoints([{ name: 'train/loss', width: 1, unit: '', steps: [1], elapsedMs: [5], values: new Float32Array([0.5]) }]);
        return result('finished');
      case 'until-stopped':
        await host.send({ kind: 'preparing', message: 'ready' });
        while (!host.stopRequested) await new Promise((resolve) => setImmediate(resolve));
        return result('stopped');
      case 'deaf':
        process.on('SIGTERM', () => undefined);
        await host.send({ kind: 'preparing', message: 'deaf' });
        return await forever();
      case 'last-words':
        process.stderr.write('x'.repeat(100000) + '\\nError: out of paint\\n', () => process.exit(3));
        return await forever();
      case 'abort':
        process.abort();
      case 'lost-promise':
        Promise.reject(new Error('nobody waited for this'));
        return await forever();
    }
  }
  const { wire, mustExit } = openHostWire();
  const nobody = () => Promise.reject(new Error('not acted'));
  const served = serveContract(
    trainerContract,
    { train: (_, context) => train(linkOf(context)), evaluate: nobody, probe: nobody, export: nobody, predict: nobody, augment: nobody, preview: nobody },
    wire,
    { version: TRAINER_VERSION, onInternalError: console.error },
  );
  served.client.closed.addEventListener('abort', () => { if (mustExit) process.exit(); });
`;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-utility-'));
  entryFile = path.join(folder, 'trainer.mjs');
  await build({
    stdin: { contents: acting, resolveDir: fileURLToPath(new URL('../..', import.meta.url)) },
    outfile: entryFile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
  });
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

function supervise(
  act: string,
  changes: Partial<TrainerOptions & JobOptions<'train'>> = {},
): Promise<unknown> {
  return superviseTrainer({
    launcher: utilityLauncher(electron.parts.utilityProcess, entryFile),
    runtime: { bindingPath: '/nowhere', device: 'cpu' },
    environment: { ...process.env, ACT: act, NOT_SET: undefined },
    job: 'train',
    input: { spec: exampleSpec(), runFolder: folder, cacheFolder: folder, resume: false },
    logFile: path.join(folder, `${act}.log`),
    onEvent: () => undefined,
    ...changes,
  });
}

test('A trainer in a utility process does its job, and its last message arrives.', async () => {
  const values: unknown[] = [];
  const done = await supervise('finish', {
    onEvent: (event) => {
      if (event.kind === 'points') values.push(event.series[0]?.values);
    },
  });
  expect(done).toMatchObject({ outcome: 'finished' });
  expect(values).toEqual([new Float32Array([0.5])]);
  expect(fs.readFileSync(path.join(folder, 'finish.log'), 'utf8')).toBe('acting: finish\n');
});

test('It hears that it shall stop.', async () => {
  const stop = new AbortController();
  const done = await supervise('until-stopped', {
    stop: stop.signal,
    onEvent: () => stop.abort(),
  });
  expect(done).toMatchObject({ outcome: 'stopped' });
});

test('One that is deaf to polite signals is killed all the same.', async () => {
  const abandon = new AbortController();
  const ended = supervise('deaf', {
    abandon: abandon.signal,
    graceMs: 50,
    onEvent: () => abandon.abort(),
  });
  await expect(ended).rejects.toMatchObject({ code: 'trainer-abandoned' });
});

test('What it said last is kept, although Electron drops the listeners when it ends.', async () => {
  await expect(supervise('last-words')).rejects.toMatchObject({
    code: 'trainer-died',
    message: 'The trainer ended unexpectedly with exit code 3. Its last words: Error: out of paint',
  });
  const log = fs.readFileSync(path.join(folder, 'last-words.log'), 'utf8');
  expect(log).toHaveLength(
    'acting: last-words\n'.length + 100_000 + '\nError: out of paint\n'.length,
  );
});

test('A crash is told by its signal.', async () => {
  await expect(supervise('abort')).rejects.toMatchObject({
    code: 'trainer-died',
    message: expect.stringContaining('SIGABRT') as string,
    details: { signal: 'SIGABRT' },
  });
});

test('A promise that nobody waited for ends the trainer, with its sentence as last words.', async () => {
  await expect(supervise('lost-promise')).rejects.toMatchObject({
    message: expect.stringContaining('Error: nobody waited for this') as string,
  });
});

test('Nothing is said to a trainer that has ended.', async () => {
  const launcher = utilityLauncher(electron.parts.utilityProcess, entryFile);
  const trainer = launcher.launch({ ...process.env, ACT: 'abort' });
  trainer.wire.attach({
    onOpen: () => undefined,
    onMessage: () => undefined,
    onDown: () => undefined,
  });
  trainer.kill('SIGKILL'); // before it has even begun
  await trainer.ended;
  expect(trainer.pid).toBeUndefined();
  trainer.wire.close();
  trainer.kill('SIGTERM');
});

test('A trainer program that is missing is named.', () => {
  const missing = path.join(folder, 'nothing.js');
  const launcher = utilityLauncher(electron.parts.utilityProcess, missing);
  expect(() => launcher.launch({})).toThrow(`The trainer program ${missing} is missing`);
});
