import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { diagnose } from './doctor.ts';
import { formatDiagnosis } from './format-diagnosis.ts';
import { parseFlags } from './processor.ts';
import { ensure, STAGING, test } from './testing/staging.ts';
import { fakeWheelLibraries, makeTensorflowWheel } from './testing/workshop.ts';

describe('the doctor', STAGING, () => {
  test('says what would be staged, and survives JSON', async ({ workshop }) => {
    const diagnosis = await diagnose({ env: workshop.env });
    expect(JSON.parse(JSON.stringify(diagnosis))).toEqual(diagnosis);
    const text = formatDiagnosis(diagnosis);
    expect(text).toMatch(/to stage +TensorFlow 2\.\d+\.\d+ for the [CG]PU from its Python wheel/);
    expect(text).toContain('fake-cxx 1.0');
    expect(text).toMatch(/CPU +.+ cores, .* of memory/);
    expect(diagnosis.cache).toMatchObject({ sizeBytes: 0, runtimes: [] });
    expect(diagnosis.routes.map(({ origin }) => origin)).toEqual(['wheel', 'installer']);
  });

  test('says which runtime is ready and why, and which is damaged', async ({ workshop }) => {
    await makeTensorflowWheel(workshop);
    const { runtime } = await ensure(workshop);
    const whole = await diagnose({ env: workshop.env });
    expect(whole.outlook).toEqual({ ready: { ...runtime, cached: true } });
    const text = formatDiagnosis(whole);
    expect(text).toMatch(/ready +2\.21\.0 for the CPU/);
    expect(text).toContain(`because     ${runtime.reasons[0] ?? ''}`);
    await truncate(path.join(runtime.libraryFolder, fakeWheelLibraries()[0] ?? ''), 1);
    const damaged = await diagnose({ env: workshop.env });
    expect(damaged.outlook).not.toHaveProperty('ready');
    expect(formatDiagnosis(damaged)).toMatch(/damaged: .* has 1 bytes instead of/);
  });

  test('reports what is missing or misspelt instead of failing', async ({ workshop }) => {
    const env = { ...workshop.env, PATH: '', CXX: undefined, RESNET_LAB_RUNTIME_ROUTE: 'x' };
    const diagnosis = await diagnose({ env });
    expect(diagnosis.tools).toMatchObject({ python: null, compiler: null });
    const text = formatDiagnosis(diagnosis);
    expect(text).toContain('[unknown-runtime-route] RESNET_LAB_RUNTIME_ROUTE is "x"');
    expect(text).toMatch(/Python +none found\n +compiler +none found/);
  });

  test('reports a cache folder that cannot be one', async ({ workshop }) => {
    const file = path.join(workshop.folder, 'file');
    await writeFile(file, '');
    const { cache } = await diagnose({ env: workshop.env, cacheFolder: path.join(file, 'cache') });
    expect(cache).toMatchObject({ sizeBytes: 0, runtimes: [] });
  });
});

test('names the instruction sets that matter, best first', () => {
  const cpuInfo =
    'processor\t: 0\nflags\t\t: fpu avx avx2 fma avx512f avx512_bf16 amx_bf16 amx_tile\n';
  expect(parseFlags(cpuInfo)).toEqual(['AMX-BF16', 'AVX512-BF16', 'AVX512', 'AVX2', 'FMA', 'AVX']);
  expect(parseFlags('Features : fp asimd')).toEqual([]);
});
