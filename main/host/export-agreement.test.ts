import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Agreement } from '../../shared/contract/app/exports.ts';
import { temporaryFolder } from '../store/testing/temporary-folder.ts';
import { checkExport } from './export-agreement.ts';

function folderWith(script: string): string {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'check-onnx.cjs'), script);
  return folder;
}

const reasonsOf = (agreements: readonly Agreement[]): string[] =>
  agreements.flatMap((one) => ('missing' in one ? [one.missing] : []));

test('a check that takes too long is ended and says so, one that fails says why', async () => {
  const endless = folderWith('setInterval(() => undefined, 1000);');
  const late = await checkExport(endless, { env: process.env, deadlineMs: 300 });
  expect(reasonsOf(late)).toEqual([expect.stringContaining('it took more than 300 ms')]);
  const broken = folderWith('throw new Error("no such runtime");');
  const failed = await checkExport(broken, { env: process.env });
  expect(reasonsOf(failed)).toEqual([expect.not.stringContaining('took more than')]);
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
