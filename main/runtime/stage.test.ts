import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { access, mkdir, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AppError } from '../../shared/errors.ts';
import { gatherFacts } from './machine.ts';
import type { Gpu } from './nvidia-smi.ts';
import type { Environment, Runtime, StagingProgress } from './runtime.ts';
import { ensureRuntime } from './stage.ts';
import type { EnsureRuntimeOptions } from './stage.ts';
import {
  bundleStager,
  FAKE_HEADERS,
  fakeWheelLibraries,
  makeCudaWheel,
  makeLibraries,
  makeTensorflowWheel,
  openWorkshop,
} from './testing/workshop.ts';
import type { Workshop } from './testing/workshop.ts';

let workshop: Workshop;
let stager: string;

beforeAll(async () => {
  const first = await openWorkshop();
  stager = await bundleStager(first);
  await first.remove();
});
afterAll(() => rm(stager));
beforeEach(async () => {
  workshop = await openWorkshop();
});
afterEach(() => workshop.remove());

async function ensure(env: Environment = {}, options: Partial<EnsureRuntimeOptions> = {}) {
  const progress: StagingProgress[] = [];
  const onProgress = (report: StagingProgress) => progress.push(report);
  const runtime = await ensureRuntime({ env: { ...workshop.env, ...env }, onProgress, ...options });
  return { runtime, progress, steps: [...new Set(progress.map(({ step }) => step))] };
}

async function failing(env: Environment, options?: Partial<EnsureRuntimeOptions>) {
  return await ensure(env, options).then(
    () => expect.unreachable('staging should have failed'),
    (error: unknown) => error as AppError,
  );
}

async function compilations(): Promise<number> {
  const log = await readFile(workshop.env['FAKE_CXX_LOG']!, 'utf8').catch(() => '');
  return log.split('\n').filter(Boolean).length;
}

interface StagerEvent {
  readonly progress?: StagingProgress;
  readonly runtime?: Runtime;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Starts a process that stages; `until` resolves with the first event that passes. */
function startStager(env: Environment = {}) {
  const child: ChildProcess = spawn(process.execPath, [stager], {
    env: { ...workshop.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events: StagerEvent[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout! }).on('line', (line) => {
    events.push(JSON.parse(line) as StagerEvent);
    for (const look of waiting) look();
  });
  const until = (passes: (event: StagerEvent) => boolean) =>
    new Promise<StagerEvent>((resolve) => {
      const look = () => {
        const found = events.find(passes);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
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

async function appears(file: string): Promise<void> {
  await expect
    .poll(
      () =>
        access(file).then(
          () => true,
          () => false,
        ),
      { interval: 20, timeout: 10_000 },
    )
    .toBe(true);
}

function gpu(change: Partial<Gpu>): Gpu {
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

async function factsWith(...gpus: readonly Gpu[]) {
  return { ...(await gatherFacts({})), gpus: { gpus }, fingerprint: 'test' };
}

describe('the wheel route', () => {
  test('fetches, unpacks, compiles, checks and keeps a runtime, then uses it without starting any program', async () => {
    await makeTensorflowWheel(workshop);
    const first = await ensure();
    expect(first.steps).toEqual(['resolve', 'download', 'unpack', 'compile', 'verify', 'stage']);
    expect(first.runtime).toMatchObject({
      tensorflowVersion: '2.21.0',
      device: 'cpu',
      origin: 'wheel',
      cached: false,
    });
    const folder = path.resolve(first.runtime.libraryFolder, '..', '..');
    expect((await readdir(folder)).sort()).toEqual(['deps', 'lib', 'runtime.json']);
    expect(await readdir(workshop.env['RESNET_LAB_CACHE']!).then((names) => names.sort())).toEqual([
      'downloads',
      'locks',
      'runtimes',
      'staging',
    ]);
    expect(await readdir(path.join(workshop.env['RESNET_LAB_CACHE']!, 'downloads'))).toEqual([]);
    const again = await ensure({ PATH: '' });
    expect(again.runtime).toEqual({ ...first.runtime, cached: true });
    expect(again.progress).toEqual([]);
  });

  test('stages anew when a file of the kept runtime is cut short or gone', async () => {
    await makeTensorflowWheel(workshop);
    const { runtime } = await ensure();
    await truncate(path.join(runtime.libraryFolder, fakeWheelLibraries()[0]!), 100);
    const second = await ensure();
    expect(second.progress[0]?.message).toMatch(/is damaged \(.*has 100 bytes instead of \d+\)/);
    expect(second.runtime.cached).toBe(false);
    await rm(runtime.bindingPath);
    const third = await ensure();
    expect(third.progress[0]?.message).toMatch(/tfjs_binding.node is missing/);
    expect((await ensure()).runtime.cached).toBe(true);
  });

  test('refuses a wheel whose library is not what its RECORD says, and fetches it anew at the next start', async () => {
    const library = `tensorflow/${fakeWheelLibraries()[0]!}`;
    const wheel = await makeTensorflowWheel(workshop, {
      change: (files) => ({ ...files, [library]: 'something else' }),
    });
    const error = await failing({});
    expect(error.code).toBe('wheel-corrupt');
    expect(error.message).toContain('is not what its RECORD says');
    await rm(wheel);
    await makeTensorflowWheel(workshop);
    expect((await ensure()).steps).toContain('download');
  });

  test('refuses a wheel whose bytes were damaged on the way', async () => {
    const wheel = await makeTensorflowWheel(workshop);
    const bytes = await readFile(wheel);
    const at = bytes.indexOf(`tensorflow/${fakeWheelLibraries()[0]!}`) + 200;
    bytes.fill(0x5a, at, at + 40);
    await writeFile(wheel, bytes);
    expect((await failing({})).code).toBe('wheel-corrupt');
    await truncate(wheel, bytes.length - 30);
    expect((await failing({})).code).toMatch(/wheel-corrupt|download-failed/);
  });

  test('takes the wheel of another Python version when there is none for the one at hand', async () => {
    await makeTensorflowWheel(workshop, { tag: 'cp312-cp312' });
    expect((await ensure()).runtime.tensorflowVersion).toBe('2.21.0');
  });

  test('takes the CPU wheel and says why when the GPU is not supported', async () => {
    await makeTensorflowWheel(workshop);
    const facts = await factsWith(gpu({ name: 'NVIDIA RTX 5090', computeCapability: '12.0' }));
    const { runtime } = await ensure({}, { facts });
    expect(runtime.device).toBe('cpu');
    expect(runtime.reasons[0]).toContain('NVIDIA RTX 5090 (compute 12.0) is not used');
  });

  test.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'stages the CUDA packages that the GPU wheel asks for, and TensorFlow finds them by bare name',
    async () => {
      const metadata = [
        'Requires-Dist: numpy>=1.26.0',
        'Requires-Dist: nvidia-cuda-runtime-cu12<13.0,>=12.5.82; extra == "and-cuda"',
        '',
      ].join('\n');
      await makeTensorflowWheel(workshop, { name: 'tensorflow', metadata });
      await makeCudaWheel(workshop);
      const { runtime } = await ensure({}, { facts: await factsWith(gpu({})) });
      expect(runtime).toMatchObject({ device: 'cuda', origin: 'wheel' });
      const nvidia = path.join(runtime.libraryFolder, '..', 'nvidia', 'cuda_runtime');
      expect(await readdir(nvidia)).toEqual(['lib']);
    },
  );

  test.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'does not pass off as a GPU runtime one that sees no GPU',
    async () => {
      await makeTensorflowWheel(workshop, {
        name: 'tensorflow',
        metadata: 'Requires-Dist: nvidia-cuda-runtime-cu12; extra == "and-cuda"\n',
      });
      const wheel = await makeCudaWheel(workshop);
      const error = await failing({}, { facts: await factsWith(gpu({})) }).then(
        async (first) => {
          expect(first.code).not.toBe('');
          return first;
        },
        () => undefined,
      );
      expect(wheel).toBeTruthy();
      expect(error).toBeDefined();
    },
  );
});

describe('when something is in the way', () => {
  beforeEach(() => makeTensorflowWheel(workshop));

  async function emptyPath(): Promise<string> {
    const folder = path.join(workshop.folder, 'empty');
    await mkdir(folder);
    return folder;
  }

  test('no Python: says so before anything is fetched', async () => {
    const error = await failing({ PATH: await emptyPath() });
    expect(error.code).toBe('no-python');
    expect(error.message).toMatch(/tried python3, python\).*install Python 3 with pip/);
  });

  test('a PYTHON that is no Python: names it', async () => {
    const error = await failing({ PYTHON: '/nowhere/python' });
    expect(error.code).toBe('no-python');
    expect(error.message).toContain('tried /nowhere/python');
  });

  test('a Python without pip: says how to get it', async () => {
    const python = path.join(workshop.folder, 'python');
    const script = '#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.12.3" && exit 0\nexit 1\n';
    await writeFile(python, script, { mode: 0o755 });
    const error = await failing({ PYTHON: python });
    expect(error.code).toBe('no-pip');
    expect(error.message).toContain('-m ensurepip');
  });

  test('no compiler: says how to get one, before anything is fetched', async () => {
    const error = await failing({ CXX: undefined, PATH: await emptyPath() });
    expect(error.code).toBe('no-compiler');
    expect(error.message).toMatch(/tried c\+\+, g\+\+, clang\+\+/);
    expect((await failing({ CXX: 'no-such-c++' })).message).toContain('tried no-such-c++');
  });

  test('a compiler that fails: quotes its first error', async () => {
    const error = await failing({ FAKE_CXX_SAYS: 'x.cc:1: error: unknown type name' });
    expect(error.code).toBe('compile-failed');
    expect(error.message).toContain('x.cc:1: error: unknown type name');
  });

  test('a disk that fills up while compiling: asks for space', async () => {
    const error = await failing({
      FAKE_CXX_SAYS: 'ld: final link failed: No space left on device',
    });
    expect(error.code).toBe('no-disk-space');
    expect(error.message).toContain('set RESNET_LAB_CACHE to a folder on a larger disk');
  });

  test('no network: says what could not be reached', async () => {
    const unreachable = { PIP_NO_INDEX: undefined, PIP_INDEX_URL: 'http://127.0.0.1:9/simple' };
    const none = { PIP_FIND_LINKS: await emptyPath(), PIP_RETRIES: '0' };
    const error = await failing({ ...unreachable, ...none });
    expect(error.code).toBe('no-network');
    expect(error.message).toContain('could not reach its package index');
  });

  test('an index without the wheel: says that pip was told to ask none', async () => {
    const error = await failing({ PIP_FIND_LINKS: await emptyPath() });
    expect(error.code).toBe('wheel-not-found');
    expect(error.message).toContain('PIP_NO_INDEX is set');
  });

  test('a cache folder that is a file: says which', async () => {
    const file = path.join(workshop.folder, 'file');
    await writeFile(file, '');
    const error = await failing({ RESNET_LAB_CACHE: file });
    expect(error.code).toBe('cache-not-writable');
    expect(error.message).toContain(file);
  });

  test('an unknown route: lists the known ones', async () => {
    const error = await failing({ RESNET_LAB_RUNTIME_ROUTE: 'whel' });
    expect(error.code).toBe('unknown-runtime-route');
    expect(error.message).toContain('auto, wheel, wheel-cpu, installer, installer-cpu');
  });

  test('an abort signal: stops the compiler it has started and leaves nothing half-done', async () => {
    const blocked = path.join(workshop.folder, 'blocked');
    const stop = new AbortController();
    const staging = failing({ FAKE_CXX_BLOCKS: blocked }, { signal: stop.signal });
    await appears(blocked);
    stop.abort();
    expect((await staging).code).toBe('staging-stopped');
    const cache = workshop.env['RESNET_LAB_CACHE']!;
    expect(await readdir(path.join(cache, 'staging'))).toEqual([]);
    expect(await readdir(path.join(cache, 'locks'))).toEqual([]);
    expect((await ensure()).runtime.cached).toBe(false);
  });
});

describe('several processes', () => {
  test('two that start at once build one runtime; the second waits and uses it', async () => {
    await makeTensorflowWheel(workshop);
    const both = [startStager(), startStager()];
    const runtimes = await Promise.all(both.map((stager) => stager.result()));
    await Promise.all(both.map((stager) => stager.ended));
    expect(runtimes.map((event) => event.runtime?.cached).sort()).toEqual([false, true]);
    expect(await compilations()).toBe(1);
  });

  test('one that waits says for whom, and takes over when the other is killed', async () => {
    await makeTensorflowWheel(workshop);
    const blocked = path.join(workshop.folder, 'blocked');
    const first = startStager({ FAKE_CXX_BLOCKS: blocked });
    await appears(blocked);
    const second = startStager();
    const wait = await second.until((event) => event.progress?.step === 'wait');
    expect(wait.progress?.message).toMatch(
      new RegExp(`^Waiting for process \\d+ on ${os.hostname()}`),
    );
    await first.kill();
    expect((await second.result()).runtime?.cached).toBe(false);
    await second.ended;
  });

  test('a start after one was killed while compiling does not fetch the wheel again', async () => {
    const wheel = await makeTensorflowWheel(workshop);
    const blocked = path.join(workshop.folder, 'blocked');
    const killed = startStager({ FAKE_CXX_BLOCKS: blocked });
    await appears(blocked);
    await killed.kill();
    await rm(wheel);
    const { runtime, steps } = await ensure();
    expect(runtime.cached).toBe(false);
    expect(steps).not.toContain('download');
    const staging = path.join(workshop.env['RESNET_LAB_CACHE']!, 'staging');
    expect(await readdir(staging)).toEqual([]);
  });
});

describe('a TensorFlow that the user names', () => {
  test('a folder of libraries is used where it is, with a binding compiled into the cache', async () => {
    const named = path.join(workshop.folder, 'site-packages', 'tensorflow');
    await makeLibraries(named, fakeWheelLibraries(), '2.19.1');
    for (const [name, text] of Object.entries(FAKE_HEADERS)) {
      await mkdir(path.dirname(path.join(named, 'include', name)), { recursive: true });
      await writeFile(path.join(named, 'include', name), text);
    }
    const env = { RESNET_LAB_RUNTIME: path.dirname(named) };
    const { runtime, steps } = await ensure(env);
    expect(runtime).toMatchObject({
      origin: 'explicit',
      tensorflowVersion: '2.19.1',
      libraryFolder: named,
      cached: false,
    });
    expect(steps).not.toContain('download');
    expect((await ensure(env)).runtime.cached).toBe(true);
    // Another build in the same place is another runtime.
    await makeLibraries(named, fakeWheelLibraries(), '2.20.0');
    expect((await ensure(env)).runtime.tensorflowVersion).toBe('2.20.0');
  });

  test('a staged runtime is used as it is, with or without its record', async () => {
    await makeTensorflowWheel(workshop);
    const staged = (await ensure()).runtime;
    const folder = path.resolve(staged.libraryFolder, '..', '..');
    const env = { RESNET_LAB_RUNTIME: folder, RESNET_LAB_CACHE: '/nowhere', PATH: '' };
    const expected = { bindingPath: staged.bindingPath, origin: 'explicit', device: 'cpu' };
    expect((await ensure(env)).runtime).toMatchObject(expected);
    await rm(path.join(folder, 'runtime.json'));
    const { runtime, steps } = await ensure(env);
    expect(runtime).toMatchObject({ ...expected, tensorflowVersion: '2.21.0' });
    expect(steps).toEqual(['verify']);
  });

  test('a folder without any says what was expected there', async () => {
    const error = await failing({ RESNET_LAB_RUNTIME: workshop.folder });
    expect(error.code).toBe('runtime-not-found');
    expect(error.message).toContain(workshop.folder);
    expect(error.message).toContain(fakeWheelLibraries()[0]!);
  });
});
