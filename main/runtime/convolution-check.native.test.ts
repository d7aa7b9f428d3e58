import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ensureCheckedRuntime } from './checked-runtime.ts';
import { checkConvolutions, knownVerdict, rememberVerdict } from './convolution-check.ts';
import { hidesCaches } from './hidden-caches.ts';
import { ensureRuntime } from './stage.ts';

const small = { batch: 2, size: 5, kernel: 3, groups: 1, dilation: 1 } as const;

test("TensorFlow's own kernels agree with our sums in every kind that they have", async () => {
  const runtime = await ensureRuntime();
  const cases = [
    { ...small, kind: 'plain', channels: 3, outChannels: 4, stride: 1 },
    { ...small, kind: 'plain', channels: 3, outChannels: 4, stride: 2, size: 6 },
    { ...small, kind: 'plain', channels: 2, outChannels: 5, stride: 1, kernel: 1 },
  ] as const;
  const env = { ...process.env, ONEDNN_MAX_CPU_ISA: 'SSE41' };
  expect(await checkConvolutions(runtime, { env, cases })).toEqual({ cases: 3, faults: [] });
});

test('the check of this processor is made once and kept with the cache', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'resnet-lab-verdict-'));
  try {
    const runtime = await ensureRuntime();
    expect(await knownVerdict(runtime, folder)).toBeUndefined();
    const verdict = { cases: 8, faults: [{ kind: 'grouped', sentence: 'wrong.' }] } as const;
    await rememberVerdict(runtime, folder, { ...verdict, faults: [...verdict.faults] });
    expect(await knownVerdict(runtime, folder)).toEqual(verdict);
    expect(await knownVerdict({ ...runtime, tensorflowVersion: '9' }, folder)).toBeUndefined();
    if (process.arch === 'x64' && runtime.device === 'cpu' && !hidesCaches()) {
      expect((await ensureCheckedRuntime()).wrongConvolutions).toEqual([]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
