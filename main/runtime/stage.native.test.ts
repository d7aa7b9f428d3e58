import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { ensureRuntime } from './stage.ts';

const run = promisify(execFile);
const FIRST_TIME_MS = 600_000;

test(
  'stages the real TensorFlow once, and then finds it without starting any program',
  { timeout: FIRST_TIME_MS },
  async () => {
    const runtime = await ensureRuntime();
    expect(runtime.tensorflowVersion).toMatch(/^2\.\d+\.\d+/);
    const again = await ensureRuntime({ env: { ...process.env, PATH: '' } });
    expect(again).toEqual({ ...runtime, cached: true });
  },
);

test(
  'tfjs-node-gpu computes through the staged runtime, from a bundle in a process of its own',
  { timeout: FIRST_TIME_MS },
  async () => {
    const runtime = await ensureRuntime();
    const entry = fileURLToPath(new URL('testing/compute.ts', import.meta.url));
    const folder = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
    const outfile = path.join(folder, `compute-${process.pid}.mjs`);
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'error',
    });
    try {
      const { stdout } = await run(process.execPath, [outfile, JSON.stringify(runtime)]);
      expect(JSON.parse(stdout)).toEqual({
        backend: 'tensorflow',
        product: [19, 22, 43, 50],
        tensorflowVersion: runtime.tensorflowVersion,
        steering: expect.objectContaining({ TF_CPP_MIN_LOG_LEVEL: '2' }) as unknown,
      });
    } finally {
      await rm(outfile);
    }
  },
);
