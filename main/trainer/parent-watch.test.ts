// Real processes: one that is killed, and the child that it leaves behind without any channel between them.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';

test('A process notices by itself that its parent was killed.', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-parent-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  const outfile = path.join(folder, 'parent-watch.mjs');
  const source = fileURLToPath(new URL('parent-watch.ts', import.meta.url));
  await build({ entryPoints: [source], outfile, format: 'esm', platform: 'node' });
  const mark = path.join(folder, 'noticed');
  const child = path.join(folder, 'child.mjs');
  fs.writeFileSync(
    child,
    `import fs from 'node:fs';
     import { watchParent } from './parent-watch.mjs';
     watchParent(() => { fs.writeFileSync(${JSON.stringify(mark)}, ''); process.exit(); }, 50);
     setInterval(() => undefined, 1000);
     process.stdout.write('watching ' + process.pid);`,
  );
  const parent = path.join(folder, 'parent.mjs');
  fs.writeFileSync(
    parent,
    `import { spawn } from 'node:child_process';
     spawn(process.execPath, [${JSON.stringify(child)}], { stdio: ['ignore', 'inherit', 'inherit'] });`,
  );
  const started = spawn(process.execPath, [parent], { stdio: ['ignore', 'pipe', 'inherit'] });
  const orphan = await new Promise<number>((resolve) => {
    started.stdout.once('data', (text: Buffer) =>
      resolve(Number(/\d+/.exec(text.toString())?.[0])),
    );
  });
  expect(fs.existsSync(mark)).toBe(false);
  started.kill('SIGKILL');
  await expect.poll(() => fs.existsSync(mark), { timeout: 20_000 }).toBe(true);
  await expect.poll(() => isThere(orphan), { timeout: 20_000 }).toBe(false);
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
