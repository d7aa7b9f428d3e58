import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { ensure, factsWith, failing, gpu, test, STAGING } from './testing/staging.ts';
import {
  FAKE_HEADERS,
  fakeWheelLibraries,
  makeCudaWheel,
  makeLibraries,
  makeTensorflowWheel,
} from './testing/workshop.ts';

const AUTO = { RESNET_LAB_RUNTIME_ROUTE: 'auto' };

describe('the wheel route', STAGING, () => {
  test('fetches, unpacks, compiles, checks and keeps a runtime, then uses it without starting any program', async ({
    workshop,
  }) => {
    await makeTensorflowWheel(workshop);
    const first = await ensure(workshop);
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
    const again = await ensure(workshop, { PATH: '' });
    expect(again.runtime).toEqual({ ...first.runtime, cached: true });
    expect(again.progress).toEqual([]);
  });

  test('stages anew when a file of the kept runtime is cut short or gone', async ({ workshop }) => {
    await makeTensorflowWheel(workshop);
    const { runtime } = await ensure(workshop);
    await truncate(path.join(runtime.libraryFolder, fakeWheelLibraries()[0]!), 100);
    const second = await ensure(workshop);
    expect(second.progress[0]?.message).toMatch(/is damaged \(.*has 100 bytes instead of \d+\)/);
    expect(second.runtime.cached).toBe(false);
    await rm(runtime.bindingPath);
    const third = await ensure(workshop);
    expect(third.progress[0]?.message).toMatch(/tfjs_binding.node is missing/);
    expect((await ensure(workshop)).runtime.cached).toBe(true);
  });

  test('refuses a wheel whose library is not what its RECORD says, and fetches it anew at the next start', async ({
    workshop,
  }) => {
    const library = `tensorflow/${fakeWheelLibraries()[0]!}`;
    const wheel = await makeTensorflowWheel(workshop, {
      change: (files) => ({ ...files, [library]: 'something else' }),
    });
    const error = await failing(workshop);
    expect(error.code).toBe('wheel-corrupt');
    expect(error.message).toContain('is not what its RECORD says');
    await rm(wheel);
    await makeTensorflowWheel(workshop);
    expect((await ensure(workshop)).steps).toContain('download');
  });

  test('refuses a wheel whose bytes were damaged on the way', async ({ workshop }) => {
    const wheel = await makeTensorflowWheel(workshop);
    const bytes = await readFile(wheel);
    const at = bytes.indexOf(`tensorflow/${fakeWheelLibraries()[0]!}`) + 200;
    bytes.fill(0x5a, at, at + 40);
    await writeFile(wheel, bytes);
    expect((await failing(workshop)).code).toBe('wheel-corrupt');
    await truncate(wheel, bytes.length - 30);
    expect((await failing(workshop)).code).toMatch(/wheel-corrupt|download-failed/);
  });

  test('takes the wheel of another Python version when there is none for the one at hand', async ({
    workshop,
  }) => {
    await makeTensorflowWheel(workshop, { tag: 'cp312-cp312' });
    expect((await ensure(workshop)).runtime.tensorflowVersion).toBe('2.21.0');
  });

  test('takes the CPU wheel and says why when the GPU is not supported', async ({ workshop }) => {
    await makeTensorflowWheel(workshop);
    const facts = await factsWith(gpu({ name: 'NVIDIA RTX 5090', computeCapability: '12.0' }));
    const { runtime } = await ensure(workshop, AUTO, { facts });
    expect(runtime.device).toBe('cpu');
    expect(runtime.reasons[0]).toContain('NVIDIA RTX 5090 (compute 12.0) is not used');
  });

  test.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'stages the CUDA packages that the GPU wheel asks for, and TensorFlow finds them by bare name',
    async ({ workshop }) => {
      const metadata = [
        'Requires-Dist: numpy>=1.26.0',
        'Requires-Dist: nvidia-cuda-runtime-cu12<13.0,>=12.5.82; extra == "and-cuda"',
        '',
      ].join('\n');
      await makeTensorflowWheel(workshop, { name: 'tensorflow', metadata });
      await makeCudaWheel(workshop);
      const { runtime } = await ensure(workshop, AUTO, { facts: await factsWith(gpu({})) });
      expect(runtime).toMatchObject({ device: 'cuda', origin: 'wheel' });
      const nvidia = path.join(runtime.libraryFolder, '..', 'nvidia', 'cuda_runtime');
      expect(await readdir(nvidia)).toEqual(['lib']);
    },
  );

  test.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'does not pass off as a GPU runtime one that sees no GPU',
    async ({ workshop }) => {
      await makeTensorflowWheel(workshop, {
        name: 'tensorflow',
        metadata: 'Requires-Dist: nvidia-cuda-runtime-cu12; extra == "and-cuda"\n',
      });
      await makeCudaWheel(workshop, 'libcurand.so.10');
      const error = await failing(workshop, AUTO, { facts: await factsWith(gpu({})) });
      expect(error.code).toBe('gpu-not-usable');
      expect(error.message).toContain('RESNET_LAB_RUNTIME_ROUTE=wheel-cpu');
    },
  );
});

describe('a TensorFlow that the user names', STAGING, () => {
  test('a folder of libraries is used where it is, with a binding compiled into the cache', async ({
    workshop,
  }) => {
    const named = path.join(workshop.folder, 'site-packages', 'tensorflow');
    await makeLibraries(named, fakeWheelLibraries(), '2.19.1');
    for (const [name, text] of Object.entries(FAKE_HEADERS)) {
      await mkdir(path.dirname(path.join(named, 'include', name)), { recursive: true });
      await writeFile(path.join(named, 'include', name), text);
    }
    const env = { RESNET_LAB_RUNTIME: path.dirname(named) };
    const { runtime, steps } = await ensure(workshop, env);
    expect(runtime).toMatchObject({
      origin: 'explicit',
      tensorflowVersion: '2.19.1',
      libraryFolder: named,
      cached: false,
    });
    expect(steps).not.toContain('download');
    expect((await ensure(workshop, env)).runtime.cached).toBe(true);
    // Another build in the same place is another runtime.
    await makeLibraries(named, fakeWheelLibraries(), '2.20.0');
    expect((await ensure(workshop, env)).runtime.tensorflowVersion).toBe('2.20.0');
  });

  test('a staged runtime is used as it is, with or without its record', async ({ workshop }) => {
    await makeTensorflowWheel(workshop);
    const staged = (await ensure(workshop)).runtime;
    const folder = path.resolve(staged.libraryFolder, '..', '..');
    const env = { RESNET_LAB_RUNTIME: folder, RESNET_LAB_CACHE: '/nowhere', PATH: '' };
    const expected = { bindingPath: staged.bindingPath, origin: 'explicit', device: 'cpu' };
    expect((await ensure(workshop, env)).runtime).toMatchObject(expected);
    await rm(path.join(folder, 'runtime.json'));
    const { runtime, steps } = await ensure(workshop, env);
    expect(runtime).toMatchObject({ ...expected, tensorflowVersion: '2.21.0' });
    expect(steps).toEqual(['verify']);
  });

  test('a folder without any says what was expected there', async ({ workshop }) => {
    const error = await failing(workshop, { RESNET_LAB_RUNTIME: workshop.folder });
    expect(error.code).toBe('runtime-not-found');
    expect(error.message).toContain(workshop.folder);
    expect(error.message).toContain(fakeWheelLibraries()[0]!);
  });
});
