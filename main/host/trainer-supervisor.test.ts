import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { forkLauncher, type TrainerHandle, type TrainerLauncher } from './trainer-launcher.ts';
import { superviseTrainer, type JobOptions, type TrainerOptions } from './trainer-supervisor.ts';

type SuperviseOptions = TrainerOptions & JobOptions<'train'>;
import {
  actingTrainer,
  exampleSpec,
  noRuntime,
  temporaryFolder,
  type Act,
} from './testing/host-fixtures.ts';

interface Stage {
  readonly options: SuperviseOptions;
  readonly kinds: string[];
  readonly stop: AbortController;
  readonly abandon: AbortController;
  /** Resolves when the trainer has sent its first message. */
  readonly speaks: Promise<void>;
  readonly trainer: () => TrainerHandle;
}

function stage(act: Act, changes: Partial<SuperviseOptions> = {}): Stage {
  const folder = temporaryFolder();
  const stop = new AbortController();
  const abandon = new AbortController();
  const kinds: string[] = [];
  let started: TrainerHandle | undefined;
  let hasSpoken = (): void => undefined;
  const speaks = new Promise<void>((resolve) => (hasSpoken = resolve));
  const launcher: TrainerLauncher = {
    launch: (environment) => (started = forkLauncher(actingTrainer).launch(environment)),
  };
  return {
    kinds,
    stop,
    abandon,
    speaks,
    trainer: () => started!,
    options: {
      launcher,
      runtime: noRuntime,
      environment: { ...process.env, RESNET_LAB_ACT: act },
      job: 'train',
      input: { spec: exampleSpec(), runFolder: folder, cacheFolder: folder, resume: false },
      logFile: path.join(folder, 'trainer.log'),
      stop: stop.signal,
      abandon: abandon.signal,
      onEvent: (event) => {
        kinds.push(event.kind);
        hasSpoken();
      },
      ...changes,
    },
  };
}

test('A trainer that does its job ends with its result, and its output is in the log.', async () => {
  const { options, kinds } = stage('finish');
  expect(await superviseTrainer(options)).toMatchObject({ outcome: 'finished', step: 12 });
  expect(kinds.filter((kind) => kind === 'points')).toHaveLength(12);
  expect(fs.readFileSync(options.logFile!, 'utf8')).toBe('acting: finish\n');
});

test.each([
  ['crash', 'ended unexpectedly with exit code 7. Its last words: Error: the act is over'],
  // TensorFlow's greeting is printed in between, and says nothing.
  ['abort', 'Its last words: acting: abort'],
] as const)('A trainer that ends by %s is reported with how and why.', async (act, sentence) => {
  await expect(superviseTrainer(stage(act).options)).rejects.toMatchObject({
    code: 'trainer-died',
    fault: 'failure',
    message: expect.stringContaining(sentence) as string,
  });
});

test('A trainer that is killed from outside is most likely out of memory.', async () => {
  const { options, speaks, trainer } = stage('deaf');
  const ended = superviseTrainer(options);
  await speaks;
  process.kill(trainer().pid!, 'SIGKILL');
  await expect(ended).rejects.toMatchObject({
    code: 'trainer-died',
    message: expect.stringContaining('smaller batch') as string,
    details: { signal: 'SIGKILL' },
  });
});

test('A message that is not in the contract ends the trainer and is named.', async () => {
  const { options, trainer } = stage('garbage');
  await expect(superviseTrainer(options)).rejects.toMatchObject({
    code: 'trainer-message',
  });
  expect(isAlive(trainer().pid!)).toBe(false);
});

test('What the trainer reports as failed is thrown as it is.', async () => {
  await expect(superviseTrainer(stage('fail').options)).rejects.toMatchObject({
    code: 'loss-not-finite',
    message: 'The loss is not finite.',
    details: { step: 3 },
  });
});

test('When a message can not be handled the trainer is ended and the reason is thrown.', async () => {
  const { options, trainer } = stage('finish', {
    onEvent: () => {
      throw new Error('the disk is full');
    },
  });
  await expect(superviseTrainer(options)).rejects.toThrow('the disk is full');
  expect(isAlive(trainer().pid!)).toBe(false);
});

test('Asked to stop, the trainer ends by itself with a checkpoint.', async () => {
  const { options, stop, kinds, speaks } = stage('wait-at-6');
  const ended = superviseTrainer(options);
  await speaks;
  stop.abort();
  expect(await ended).toMatchObject({ outcome: 'stopped' });
  expect(kinds).toContain('checkpoint');
});

test('A stop that came before the start is not forgotten.', async () => {
  const { options, stop } = stage('wait-at-6');
  stop.abort();
  const { outcome, step } = await superviseTrainer(options);
  expect(outcome).toBe('stopped');
  expect(step).toBeLessThan(6);
});

test('A trainer that hears nothing is killed when it is abandoned.', async () => {
  const { options, abandon, speaks, trainer } = stage('deaf', { graceMs: 50 });
  const ended = superviseTrainer(options);
  await speaks;
  abandon.abort();
  await expect(ended).rejects.toMatchObject({ code: 'trainer-abandoned' });
  expect(isAlive(trainer().pid!)).toBe(false);
});

test('A trainer that stays after its result is ended, and the result counts.', async () => {
  const { options, trainer } = stage('linger', { graceMs: 50 });
  expect(await superviseTrainer(options)).toMatchObject({ outcome: 'finished' });
  expect(isAlive(trainer().pid!)).toBe(false);
});

test('A trainer program that is not there gives a sentence.', async () => {
  const { options } = stage('finish', { launcher: forkLauncher('/nowhere/trainer.js') });
  await expect(superviseTrainer(options)).rejects.toMatchObject({ code: 'no-trainer' });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('A trainer that says nothing for too long is ended, with how long it was silent.', async () => {
  const silence = { firstMs: 60_000, leastMs: 400, factor: 0 };
  const { options, trainer } = stage('wait-at-6', { silence, graceMs: 100 });
  const { onEvent } = options;
  const ended = superviseTrainer({
    ...options,
    onEvent: (event) => {
      onEvent(event);
      // Halted as by a call that never returns: deaf to polite signals, too.
      if (event.kind === 'progress') process.kill(trainer().pid!, 'SIGSTOP');
    },
  });
  await expect(ended).rejects.toMatchObject({ code: 'trainer-hung' });
});

test('Before its first step a trainer may be silent for long.', async () => {
  const { options, speaks, abandon } = stage('deaf', {
    silence: { firstMs: 60_000, leastMs: 40, factor: 0 },
    graceMs: 100,
  });
  const ended = superviseTrainer(options);
  await speaks;
  await new Promise((resolve) => setTimeout(resolve, 300));
  abandon.abort();
  await expect(ended).rejects.toMatchObject({ code: 'trainer-abandoned' });
});
