// Calls staging from tests: in this process, or in one of its own that can be killed.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test as base } from 'vitest';
import type { AppError } from '../../../shared/errors.ts';
import { gatherFacts } from '../machine.ts';
import type { Gpu } from '../nvidia-smi.ts';
import type { Environment, Runtime, StagingProgress } from '../runtime.ts';
import { ensureRuntime } from '../stage.ts';
import type { EnsureRuntimeOptions } from '../stage.ts';
import { openWorkshop } from './workshop.ts';
import type { Workshop } from './workshop.ts';

/** A test with a workshop of its own, so that several can run at once. */
export const test = base.extend<{ workshop: Workshop }>({
  // The empty pattern tells vitest that this fixture needs no other.
  workshop: async ({}, use) => {
    const workshop = await openWorkshop();
    await use(workshop);
    await workshop.remove();
  },
});

/**
 * For suites that stage: real processes take their time on a busy machine. On Windows there is neither
 * a wheel to stage from nor a shell for the fake compiler.
 */
export const STAGING = {
  concurrent: true,
  timeout: 60_000,
  skip: process.platform === 'win32',
} as const;

type Options = Partial<EnsureRuntimeOptions>;

/** Stages with the workshop's environment and the given changes to it. */
export async function ensure(workshop: Workshop, env: Environment = {}, options: Options = {}) {
  const progress: StagingProgress[] = [];
  const onProgress = (report: StagingProgress) => progress.push(report);
  const runtime = await ensureRuntime({ env: { ...workshop.env, ...env }, onProgress, ...options });
  return { runtime, progress, steps: [...new Set(progress.map(({ step }) => step))] };
}

/** The error with which staging ends. */
export async function failing(workshop: Workshop, env: Environment = {}, options?: Options) {
  return await ensure(workshop, env, options).then(
    () => expect.unreachable('staging should have failed'),
    (error: unknown) => error as AppError,
  );
}

export async function compilations(workshop: Workshop): Promise<number> {
  const log = await readFile(workshop.env['FAKE_CXX_LOG'] ?? '', 'utf8').catch(() => '');
  return log.split('\n').filter(Boolean).length;
}

interface StagerEvent {
  readonly progress?: StagingProgress;
  readonly runtime?: Runtime;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Starts a process that stages; `until` resolves with the first event that passes. */
export function startStager(workshop: Workshop, stager: string, env: Environment = {}) {
  const child: ChildProcess = spawn(process.execPath, [stager], {
    env: { ...workshop.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { stdout } = child;
  if (stdout === null) throw new Error('the stager has no stdout');
  const events: StagerEvent[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: stdout }).on('line', (line) => {
    events.push(JSON.parse(line) as StagerEvent);
    for (const look of waiting) look();
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  /** The first event that passes. */
  const until = (passes: (event: StagerEvent) => boolean) =>
    new Promise<StagerEvent>((resolve, reject) => {
      const look = () => {
        const found = events.find(passes);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void ended.then(() => {
        const last = JSON.stringify(events.at(-1));
        reject(new Error(`the stager ended without such an event; its last was ${last}`));
      });
    });
  return {
    until,
    ended,
    result: () => until((event) => event.runtime !== undefined || event.error !== undefined),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export async function appears(file: string): Promise<void> {
  await expect
    .poll(
      () =>
        access(file).then(
          () => true,
          () => false,
        ),
      { interval: 20, timeout: 45_000 },
    )
    .toBe(true);
}

export function gpu(change: Partial<Gpu>): Gpu {
  return {
    index: 0,
    name: 'NVIDIA RTX 4090',
    uuid: 'GPU-1',
    driverVersion: '555.42.06',
    computeCapability: '8.9',
    memoryMiB: 24564,
    ...change,
  };
}

/** This machine's facts with other GPUs. */
export async function factsWith(...gpus: readonly Gpu[]) {
  return { ...(await gatherFacts({})), gpus: { gpus }, fingerprint: 'test' };
}

/** Bundles `stager.ts` so that it can be run by itself; the caller removes the file. */
export async function bundleStager(name: string): Promise<string> {
  const entry = fileURLToPath(new URL('stager.ts', import.meta.url));
  // Inside the repository's tree, where the packages that stay outside the bundle are found.
  const folder = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url));
  const outfile = path.join(folder, `stager-${name}-${process.pid}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
}
