import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { askCli } from './testing/command-line.ts';

test('The demonstration trains both networks equally long and leaves nothing but two runs.', async () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-e2e-'));
  onTestFinished(() => {
    fs.rmSync(home, { recursive: true, force: true });
  });
  const found = (await askCli(home, 'demo', '--minutes', '0.02')) as Record<string, unknown>;
  // Too short for more than the fewest steps on any machine.
  expect(found).toMatchObject({
    plain: { status: 'finished', architecture: 'plain-32', steps: 20, parameters: 116_882 },
    residual: { status: 'finished', architecture: 'residual-32', steps: 20, parameters: 116_882 },
    conclusion: expect.stringContaining('20 steps') as string,
  });
  const { runs } = (await askCli(home, 'runs', 'list')) as { runs: { group: string }[] };
  expect(runs.map((run) => run.group)).toEqual(['demo', 'demo']);
});
