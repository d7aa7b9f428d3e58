import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { appears, ensure, failing, test, STAGING } from './testing/staging.ts';
import { makeTensorflowWheel } from './testing/workshop.ts';
import type { Workshop } from './testing/workshop.ts';

describe('when something is in the way', STAGING, () => {
  async function emptyPath(workshop: Workshop): Promise<string> {
    const folder = path.join(workshop.folder, 'empty');
    await mkdir(folder);
    return folder;
  }

  test('no Python: says so before anything is fetched', async ({ workshop }) => {
    const error = await failing(workshop, { PATH: await emptyPath(workshop) });
    expect(error.code).toBe('no-python');
    expect(error.message).toMatch(/tried python3, python\).*install Python 3 with pip/);
  });

  test('a PYTHON that is no Python: names it', async ({ workshop }) => {
    const error = await failing(workshop, { PYTHON: '/nowhere/python' });
    expect(error.code).toBe('no-python');
    expect(error.message).toContain('tried /nowhere/python');
  });

  test('a Python without pip: says how to get it', async ({ workshop }) => {
    const python = path.join(workshop.folder, 'python');
    const script = '#!/bin/sh\necho 3.12\nexit 1\n';
    await writeFile(python, script, { mode: 0o755 });
    const error = await failing(workshop, { PYTHON: python });
    expect(error.code).toBe('no-pip');
    expect(error.message).toContain('-m ensurepip');
  });

  test('no compiler: says how to get one, before anything is fetched', async ({ workshop }) => {
    const error = await failing(workshop, { CXX: undefined, PATH: await emptyPath(workshop) });
    expect(error.code).toBe('no-compiler');
    expect(error.message).toMatch(/tried c\+\+, g\+\+, clang\+\+/);
    expect((await failing(workshop, { CXX: 'no-such-c++' })).message).toContain(
      'tried no-such-c++',
    );
  });

  test('a compiler that fails: quotes its first error', async ({ workshop }) => {
    await makeTensorflowWheel(workshop);
    const error = await failing(workshop, { FAKE_CXX_SAYS: 'x.cc:1: error: unknown type name' });
    expect(error.code).toBe('compile-failed');
    expect(error.message).toContain('x.cc:1: error: unknown type name');
  });

  test('a disk that fills up while compiling: asks for space', async ({ workshop }) => {
    await makeTensorflowWheel(workshop);
    const error = await failing(workshop, {
      FAKE_CXX_SAYS: 'ld: final link failed: No space left on device',
    });
    expect(error.code).toBe('no-disk-space');
    expect(error.message).toContain('set RESNET_LAB_CACHE to a folder on a larger disk');
  });

  test('no network: says what could not be reached', async ({ workshop }) => {
    const unreachable = { PIP_NO_INDEX: undefined, PIP_INDEX_URL: 'http://127.0.0.1:9/simple' };
    const none = { PIP_FIND_LINKS: await emptyPath(workshop), PIP_RETRIES: '1' };
    const error = await failing(workshop, { ...unreachable, ...none });
    expect(error.code).toBe('no-network');
    expect(error.message).toContain('could not reach its package index');
  });

  test('an index without the wheel: says that pip was told to ask none', async ({ workshop }) => {
    const error = await failing(workshop, { PIP_FIND_LINKS: await emptyPath(workshop) });
    expect(error.code).toBe('wheel-not-found');
    expect(error.message).toContain('PIP_NO_INDEX is set');
  });

  test('a cache folder that is a file: says which', async ({ workshop }) => {
    const file = path.join(workshop.folder, 'file');
    await writeFile(file, '');
    const error = await failing(workshop, { RESNET_LAB_CACHE: file });
    expect(error.code).toBe('cache-not-writable');
    expect(error.message).toContain(file);
  });

  test('an unknown route: lists the known ones', async ({ workshop }) => {
    const error = await failing(workshop, { RESNET_LAB_RUNTIME_ROUTE: 'whel' });
    expect(error.code).toBe('unknown-runtime-route');
    expect(error.message).toContain('auto, wheel, wheel-cpu, installer, installer-cpu');
  });

  test('an abort signal: stops the compiler it has started and leaves nothing half-done', async ({
    workshop,
  }) => {
    await makeTensorflowWheel(workshop);
    const blocked = path.join(workshop.folder, 'blocked');
    const stop = new AbortController();
    const staging = failing(workshop, { FAKE_CXX_BLOCKS: blocked }, { signal: stop.signal });
    await appears(blocked);
    stop.abort();
    expect((await staging).code).toBe('staging-stopped');
    const cache = workshop.env['RESNET_LAB_CACHE']!;
    expect(await readdir(path.join(cache, 'staging'))).toEqual([]);
    expect(await readdir(path.join(cache, 'locks'))).toEqual([]);
    expect((await ensure(workshop)).runtime.cached).toBe(false);
  });
});
