import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../store/testing/temporary-folder.ts';
import { checkExport } from './export-agreement.ts';

function folderWith(script: string): string {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'check-onnx.cjs'), script);
  return folder;
}

test('a check that takes too long is ended and says so, one that fails says why', async () => {
  const endless = folderWith('setInterval(() => undefined, 1000);');
  expect(await checkExport(endless, { env: process.env, deadlineMs: 300 })).toEqual([
    { format: 'all', missing: expect.stringContaining('it took more than 300 ms') },
  ]);
  const broken = folderWith('throw new Error("no such runtime");');
  expect(await checkExport(broken, { env: process.env })).toEqual([
    { format: 'all', missing: expect.not.stringContaining('took more than') },
  ]);
});

test('a check that nobody waits for is ended', async () => {
  const cancelling = new AbortController();
  const asked = checkExport(folderWith('setInterval(() => undefined, 1000);'), {
    env: process.env,
    signal: cancelling.signal,
  });
  cancelling.abort(new Error('cancelled'));
  await expect(asked).rejects.toThrow('cancelled');
});
