import { describe, expect, test } from 'vitest';
import type { Gpu } from './nvidia-smi.ts';
import { chooseRoute, isOlder, readWish } from './route.ts';
import type { RouteFacts, Wish } from './route.ts';

function gpu(change: Partial<Gpu> = {}): Gpu {
  return {
    index: 0,
    name: 'GPU',
    uuid: 'GPU-1',
    driverVersion: '560.35.03',
    computeCapability: '8.6',
    memoryMiB: 24576,
    ...change,
  };
}

const LINUX: RouteFacts = {
  platform: 'linux',
  arch: 'x64',
  libc: { kind: 'glibc', version: '2.36' },
  gpus: { gpus: [] },
};
const WINDOWS: RouteFacts = { ...LINUX, platform: 'win32', libc: { kind: 'other', version: '' } };
const MAC: RouteFacts = { ...WINDOWS, platform: 'darwin', arch: 'arm64' };
const withGpus = (facts: RouteFacts, ...gpus: readonly Gpu[]) => ({ ...facts, gpus: { gpus } });

interface Case {
  readonly machine: string;
  readonly facts: RouteFacts;
  readonly wish?: Wish;
  readonly gives: 'wheel cpu' | 'wheel cuda' | 'installer cpu' | 'installer cuda';
  readonly because: RegExp;
}

const CASES: readonly Case[] = [
  { machine: 'Linux without a GPU', facts: LINUX, gives: 'wheel cpu', because: /^No NVIDIA GPU/ },
  {
    machine: 'Linux with an Ampere GPU',
    facts: withGpus(LINUX, gpu()),
    gives: 'wheel cuda',
    because: /supports GPU \(compute 8\.6\)/,
  },
  {
    machine: 'Linux with a Pascal GPU and the oldest driver that runs CUDA 12',
    facts: withGpus(LINUX, gpu({ computeCapability: '6.1', driverVersion: '525.60.13' })),
    gives: 'wheel cuda',
    because: /compute 6\.1/,
  },
  {
    machine: 'Linux with a Hopper GPU and a driver for CUDA 12.5',
    facts: withGpus(LINUX, gpu({ computeCapability: '9.0', driverVersion: '555.42.06' })),
    gives: 'wheel cuda',
    because: /compute 9\.0/,
  },
  {
    machine: 'Linux with a Hopper GPU and an older driver, which cannot compile the PTX',
    facts: withGpus(LINUX, gpu({ computeCapability: '9.0', driverVersion: '535.183.01' })),
    gives: 'wheel cpu',
    because: /driver 535\.183\.01 is too old for CUDA 12\.5; update the NVIDIA driver to 555\.42/,
  },
  {
    machine: 'Linux with a driver for CUDA 11',
    facts: withGpus(LINUX, gpu({ driverVersion: '470.256.02' })),
    gives: 'wheel cpu',
    because: /driver 470\.256\.02 is too old/,
  },
  {
    machine: 'Linux with a driver that does not tell the compute capability',
    facts: withGpus(LINUX, gpu({ computeCapability: '', driverVersion: '470.256.02' })),
    gives: 'wheel cpu',
    because: /too old to tell its compute capability/,
  },
  {
    machine: 'Linux with an RTX 50',
    facts: withGpus(LINUX, gpu({ name: 'RTX 5090', computeCapability: '12.0' })),
    gives: 'wheel cpu',
    because: /RTX 5090 \(compute 12\.0\) is not used.*tensorflow#89272/,
  },
  {
    machine: 'Linux with a Maxwell GPU',
    facts: withGpus(LINUX, gpu({ computeCapability: '5.2' })),
    gives: 'wheel cpu',
    because: /needs compute capability 6\.0; RESNET_LAB_RUNTIME_ROUTE=installer/,
  },
  {
    machine: 'Linux with one GPU that is too new and one that works',
    facts: withGpus(LINUX, gpu({ computeCapability: '12.0' }), gpu({ name: 'Good', index: 1 })),
    gives: 'wheel cuda',
    because: /supports Good .*compute capability 12\.0/,
  },
  {
    machine: 'Linux whose nvidia-smi fails',
    facts: { ...LINUX, gpus: { gpus: [], problem: 'nvidia-smi failed: exit code 9' } },
    gives: 'wheel cpu',
    because: /^Nvidia-smi failed: exit code 9\. GPUs are not used\./,
  },
  {
    machine: 'Linux on ARM with a GPU',
    facts: withGpus({ ...LINUX, arch: 'arm64' }, gpu()),
    gives: 'wheel cpu',
    because: /CUDA only for Linux on x64/,
  },
  {
    machine: 'Linux with a GPU whose owner wants the CPU',
    facts: withGpus(LINUX, gpu()),
    wish: 'wheel-cpu',
    gives: 'wheel cpu',
    because: /asks for wheel-cpu/,
  },
  {
    machine: 'Linux with an old glibc',
    facts: { ...LINUX, libc: { kind: 'glibc', version: '2.17' } },
    gives: 'installer cpu',
    because: /glibc 2\.17 and TensorFlow 2\.21\.0 needs 2\.27/,
  },
  {
    machine: 'Alpine',
    facts: { ...LINUX, libc: { kind: 'musl', version: '' } },
    gives: 'installer cpu',
    because: /uses musl/,
  },
  {
    machine: 'Linux with a GPU whose owner wants the installer',
    facts: withGpus(LINUX, gpu()),
    wish: 'installer',
    gives: 'installer cuda',
    because: /CUDA 11 \(11\.2 to 11\.8\) and cuDNN 8/,
  },
  {
    machine: 'Linux with a GPU whose owner wants the installer for the CPU',
    facts: withGpus(LINUX, gpu()),
    wish: 'installer-cpu',
    gives: 'installer cpu',
    because: /asks for installer-cpu/,
  },
  { machine: 'Windows', facts: WINDOWS, gives: 'installer cpu', because: /On Windows/ },
  {
    machine: 'Windows with a GPU',
    facts: withGpus(WINDOWS, gpu()),
    gives: 'installer cuda',
    because: /On Windows .* TensorFlow 2\.9\.1 can use GPU/,
  },
  {
    machine: 'Windows with an RTX 50',
    facts: withGpus(WINDOWS, gpu({ computeCapability: '12.0' })),
    gives: 'installer cpu',
    because: /no code for compute capability 12\.0/,
  },
  { machine: 'a Mac with Apple silicon', facts: MAC, gives: 'wheel cpu', because: /No NVIDIA GPU/ },
  {
    machine: 'a Mac with an Intel processor',
    facts: { ...MAC, arch: 'x64' },
    gives: 'installer cpu',
    because: /no wheels for Macs with an Intel processor/,
  },
];

describe('the choice of a TensorFlow', () => {
  for (const { machine, facts, wish = 'auto', gives, because } of CASES) {
    test(`${machine} gets ${gives}`, () => {
      const route = chooseRoute(facts, wish);
      expect(`${route.origin} ${route.device}`).toBe(gives);
      expect(route.reasons.join(' ')).toMatch(because);
      expect(route.tensorflowVersion).toBe(route.origin === 'wheel' ? '2.21.0' : '2.9.1');
    });
  }
});

test('compares versions by number, not by text', () => {
  expect(isOlder('2.9', '2.27')).toBe(true);
  expect(isOlder('12.0', '9.0')).toBe(false);
  expect(isOlder('555.42.06', '555.42')).toBe(false);
  expect(isOlder('525.60', '525.60.13')).toBe(true);
});

test('reads the wish from the environment and defaults to none', () => {
  expect(readWish({})).toBe('auto');
  expect(readWish({ RESNET_LAB_RUNTIME_ROUTE: '' })).toBe('auto');
  expect(readWish({ RESNET_LAB_RUNTIME_ROUTE: 'wheel-cpu' })).toBe('wheel-cpu');
});
