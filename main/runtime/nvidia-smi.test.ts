import { expect, test } from 'vitest';
import { parseGpus } from './nvidia-smi.ts';

test('reads every GPU of a workstation with two', () => {
  const stdout = [
    '0, NVIDIA GeForce RTX 4090, GPU-6d1c25f1-6a70-29c6-8a0f-37c2d0d51d3e, 555.42.06, 24564, 8.9',
    '1, NVIDIA RTX A6000, GPU-07a2d9b0-b84d-7e5b-0a53-3d0f3d1bb2b1, 555.42.06, 49140, 8.6',
    '',
  ].join('\n');
  const { gpus, problem } = parseGpus(stdout, '', 0);
  expect(problem).toBeUndefined();
  expect(gpus).toEqual([
    {
      index: 0,
      name: 'NVIDIA GeForce RTX 4090',
      uuid: 'GPU-6d1c25f1-6a70-29c6-8a0f-37c2d0d51d3e',
      driverVersion: '555.42.06',
      memoryMiB: 24564,
      computeCapability: '8.9',
    },
    expect.objectContaining({ index: 1, name: 'NVIDIA RTX A6000', computeCapability: '8.6' }),
  ]);
});

test('reads an old driver that does not know compute_cap, and Windows line ends', () => {
  const { gpus } = parseGpus('0, Tesla K80, GPU-a1, 470.256.02, 11441\r\n', '', 0);
  expect(gpus).toMatchObject([{ name: 'Tesla K80', computeCapability: '', memoryMiB: 11441 }]);
});

test('reads a board that shares the memory of the system', () => {
  const { gpus } = parseGpus('0, NVIDIA GB10, GPU-b2, 580.95.05, [N/A], 12.1\n', '', 0);
  expect(gpus).toMatchObject([{ memoryMiB: 0, computeCapability: '12.1' }]);
});

const FAILURES = [
  {
    what: 'a driver that was updated without a reboot',
    stdout:
      'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 555.42\n',
    exitCode: 18,
    problem: 'nvidia-smi failed: Failed to initialize NVML: Driver/library version mismatch',
  },
  {
    what: 'a driver that is not loaded',
    stdout:
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n",
    exitCode: 9,
    problem:
      "nvidia-smi failed: NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running",
  },
  {
    what: 'a hang',
    stdout: '',
    exitCode: undefined,
    problem: 'nvidia-smi failed: it did not answer',
  },
  { what: 'silence', stdout: '', exitCode: 3, problem: 'nvidia-smi failed: exit code 3' },
] as const;

for (const { what, stdout, exitCode, problem } of FAILURES) {
  test(`reports ${what}`, () => {
    expect(parseGpus(stdout, '', exitCode)).toEqual({ gpus: [], problem });
  });
}

test('keeps the GPUs that work when another has fallen off the bus', () => {
  const stdout = [
    '0, NVIDIA A100-SXM4-80GB, GPU-c3, 550.90.07, 81920, 8.0',
    'Unable to determine the device handle for GPU0000:3D:00.0: Unknown Error',
  ].join('\n');
  const { gpus, problem } = parseGpus(stdout, '', 0);
  expect(gpus).toHaveLength(1);
  expect(problem).toContain('Unable to determine the device handle');
});

test('takes "No devices were found" for an answer, not a failure', () => {
  expect(parseGpus('No devices were found\n', '', 6)).toEqual({ gpus: [] });
});
