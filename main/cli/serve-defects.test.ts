// A defect in the host of `resnet-lab serve`, thrown into the real process from outside.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { request } from '../serve/testing/serving.ts';
import { startCli, type Running } from './testing/command-line.ts';

/** Loaded into the process before anything else: a signal makes it throw so often where nobody catches. */
const thrower = (times: number): string =>
  `process.on('SIGUSR2', () => {
    for (let i = 0; i < ${times}; i++) setTimeout(() => { throw new Error('made by the test'); });
  });`;

function startServe({ times = 1 } = {}): { home: string; started: Running; port: Promise<number> } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-defect-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  const page = path.join(folder, 'page');
  fs.mkdirSync(page);
  fs.writeFileSync(path.join(page, 'index.html'), '<!doctype html><title>ResNet Lab</title>');
  const home = path.join(folder, 'home');
  vi.stubEnv('NODE_OPTIONS', `--import data:text/javascript,${encodeURIComponent(thrower(times))}`);
  const started = startCli(home, ['serve', '--page', page]);
  vi.unstubAllEnvs();
  onTestFinished(() => void started.process.kill('SIGKILL'));
  const port = new Promise<number>((resolve) => {
    let said = '';
    started.process.stdout?.on('data', (text: string) => {
      said += text;
      const found = /127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
  return { home, started, port };
}

test.skipIf(process.platform === 'win32')(
  'An exception that nobody caught is logged and told, and the host goes on.',
  async () => {
    const { home, started, port } = startServe();
    const answers = async (): Promise<number> => (await request(await port, '/', {})).status;
    const before = await answers();
    started.process.kill('SIGUSR2');
    await started.sees('what is being trained goes on');
    expect(await answers()).toBe(before);
    const log = fs.readFileSync(path.join(home, 'defects.log'), 'utf8');
    expect(log).toContain('Error: made by the test');
    started.process.kill('SIGINT');
    expect((await started.ended).exitCode).toBe(0);
  },
);

test.skipIf(process.platform === 'win32')(
  'A host that throws again and again is closed in good order and says so.',
  async () => {
    const { started, port } = startServe({ times: 25 });
    await port;
    started.process.kill('SIGUSR2');
    const { exitCode, stderr } = await started.ended;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('error[host-defects]');
  },
);
