import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { launchElectron } from './launch.ts';

test('Electron runs the start file with the arguments, as itself and not as Node.', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-launch-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  const startFile = path.join(folder, 'start.mjs');
  const seen = path.join(folder, 'seen.json');
  fs.writeFileSync(
    startFile,
    `import fs from 'node:fs';
     const asNode = process.env.ELECTRON_RUN_AS_NODE ?? null;
     fs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ args: process.argv.slice(2), asNode }));
     process.exit(7);`,
  );
  const code = await launchElectron(process.execPath, {
    args: ['--home=/x y', 'flowers'],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    startFile,
  });
  expect(code).toBe(7);
  expect(JSON.parse(fs.readFileSync(seen, 'utf8'))).toEqual({
    args: ['--home=/x y', 'flowers'],
    asNode: null,
  });
});

test('A binary that can not be started is named, with another way.', async () => {
  await expect(launchElectron('/no/such/electron', { args: [], env: {} })).rejects.toMatchObject({
    code: 'electron-not-started',
    path: '/no/such/electron',
    message: expect.stringContaining('resnet-lab serve') as string,
  });
});
