import { expect, test } from 'vitest';
import { findDeadEnds } from './dead-ends.ts';
import type { Gpu } from './nvidia-smi.ts';
import type { RouteFacts } from './route.ts';

const HOPPER: Gpu = {
  index: 0,
  name: 'NVIDIA H100 PCIe',
  uuid: 'GPU-1',
  driverVersion: '560.35.03',
  computeCapability: '9.0',
  memoryMiB: 81559,
};
const LINUX: RouteFacts = {
  platform: 'linux',
  arch: 'x64',
  libc: { kind: 'glibc', version: '2.36' },
  gpus: { gpus: [HOPPER] },
};
const WHEEL = { origin: 'wheel' } as const;
const INSTALLER = { origin: 'installer' } as const;
const AVX = ['AVX2'];
const codes = (...args: Parameters<typeof findDeadEnds>) =>
  findDeadEnds(...args).map(({ code }) => code);

test('Hopper compiles for half an hour on 2.9.1, and a little on the wheels', () => {
  const [end] = findDeadEnds(LINUX, INSTALLER, AVX);
  expect(end?.code).toBe('hopper-jit');
  expect(end?.sentence).toMatch(/H100.*30 minutes \(tensorflow#60739\); wait once/);
  expect(codes(LINUX, WHEEL, AVX)).toEqual(['hopper-ptx']);
});

test('RTX 50 and old drivers are named with what to do', () => {
  const blackwell = { ...HOPPER, name: 'RTX 5080', computeCapability: '12.0' };
  const [end] = findDeadEnds({ ...LINUX, gpus: { gpus: [blackwell] } }, WHEEL, AVX);
  expect(end).toMatchObject({ code: 'gpu-unsupported' });
  expect(end?.sentence).toMatch(/RTX 5080.*set RESNET_LAB_RUNTIME to/);
  const old = { ...HOPPER, computeCapability: '8.0', driverVersion: '470.1' };
  const [driver] = findDeadEnds({ ...LINUX, gpus: { gpus: [old] } }, WHEEL, AVX);
  expect(driver?.sentence).toContain('update the NVIDIA driver to 525.60 or newer');
});

test('Windows, Intel Macs, musl and an old glibc are named', () => {
  const none = { ...LINUX, gpus: { gpus: [] } };
  const other = { kind: 'other', version: '' } as const;
  expect(codes({ ...none, platform: 'win32', libc: other }, INSTALLER)).toEqual([
    'windows-wheel',
    'windows-gpu',
  ]);
  expect(codes({ ...none, platform: 'darwin', libc: other }, INSTALLER)).toEqual(['mac-intel']);
  expect(codes({ ...none, libc: { kind: 'musl', version: '' } }, INSTALLER, AVX)).toEqual(['musl']);
  const old = { kind: 'glibc', version: '2.17' } as const;
  expect(codes({ ...none, libc: old }, INSTALLER, AVX)).toEqual(['glibc-too-old']);
});

test('a processor without AVX and an nvidia-smi that fails are named', () => {
  const facts = { ...LINUX, gpus: { gpus: [], problem: 'nvidia-smi failed: exit code 9' } };
  expect(codes(facts, WHEEL, [])).toEqual(['gpu-unknown', 'no-avx']);
});

test('a usual machine has none', () => {
  expect(codes({ ...LINUX, gpus: { gpus: [] } }, WHEEL, AVX)).toEqual([]);
});
