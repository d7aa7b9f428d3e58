import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { askCli, startCli, trainerOf } from './testing/command-line.ts';

test('A trainer that hangs is noticed, and its run goes on from the checkpoint.', async () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-hang-'));
  process.env['RESNET_LAB_HANG_SECONDS'] = '3';
  onTestFinished(() => {
    delete process.env['RESNET_LAB_HANG_SECONDS'];
    fs.rmSync(home, { recursive: true, force: true });
  });
  const training = ['train', '--data', 'builtin:shapes?train=80&val=16', '--arch', 'mini-basic-a'];
  const running = startCli(home, [...training, '--batch', '8', '--epochs', '40', '--json']);
  // The checkpoint of the first epoch is there by then.
  await running.sees('epoch 2 ·');
  process.kill(trainerOf(running), 'SIGSTOP');
  const { exitCode, stdout } = await running.ended;
  expect(exitCode).toBe(1);
  const { error } = JSON.parse(stdout) as { error: { code: string; details: { run: string } } };
  expect(error.code).toBe('trainer-hung');
  delete process.env['RESNET_LAB_HANG_SECONDS'];
  expect(await askCli(home, 'runs', 'resume', error.details.run)).toMatchObject({
    status: 'finished',
    step: 400,
    error: null,
  });
});
