import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startCli } from './testing/command-line.ts';

test.skipIf(process.platform === 'win32')(
  'npm start makes everything ready, prints the address, and closes at Ctrl-C.',
  async () => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-start-'));
    onTestFinished(() => fs.rmSync(home, { recursive: true, force: true }));
    const started = startCli(home, ['start', '--browser']);
    onTestFinished(() => void started.process.kill('SIGKILL'));
    // What it says when the browser can't be opened comes after the address.
    await started.sees('The browser could not be opened');
    started.process.kill('SIGINT');
    const { exitCode, stdout, stderr } = await started.ended;
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ResNet Lab is at http:\/\/127\.0\.0\.1:\d+\/\?token=\S+\n$/);
    expect(stderr).toMatch(/TensorFlow \S+ is ready to train on/);
    expect(stderr).toMatch(/\nClosing\.\n$/);
  },
);
