import { expect, test } from 'vitest';
import { experimentKey } from '../compare/groups.ts';
import { devicesConflict, devicesText, parseDevices, partsOfBatch } from './devices.ts';
import { RunSpec } from './run.ts';

test.each([
  ['0', [0]],
  ['0,1', [0, 1]],
  [' 3; 1 ', [3, 1]],
  ['cpu', ['cpu']],
  ['cpu,cpu', ['cpu', 'cpu']],
])('“%s” names devices.', (text, devices) => {
  expect(parseDevices(text)).toEqual(devices);
});

test.each([
  ['gpu0', '“gpu0” is no device'],
  ['0,-1', '“-1” is no device'],
  ['0,0', 'it names GPU 0 twice'],
  ['cpu,1', 'it names GPUs and cpu together'],
  [',', 'Name at least one device'],
  ['256', 'with numbers of at most 255'],
  [Array.from({ length: 17 }, (_, i) => i).join(','), 'Name at most 16 devices'],
])('“%s” does not, and a sentence says why.', (text, said) => {
  expect(parseDevices(text)).toContain(said);
});

test('Devices must divide what is computed at once.', () => {
  const conflict = (batch: number, microBatches: number, devices?: number[]) =>
    devicesConflict({ recipe: { batch, microBatches }, devices })?.sentence;
  expect(conflict(128, 1)).toBeUndefined();
  expect(conflict(128, 2, [0, 1])).toBeUndefined();
  expect(conflict(127, 1, [3])).toBeUndefined();
  expect(conflict(128, 1, [0, 1, 2])).toBe(
    '3 devices do not divide a batch of 128 evenly; 2 would, or choose another batch size.',
  );
  expect(conflict(12, 4, [0, 1])).toContain('2 devices do not divide a micro-batch of 3 evenly');
});

test('They are called by their numbers.', () => {
  expect(devicesText([2])).toBe('GPU 2');
  expect(devicesText([0, 1, 3])).toBe('GPUs 0, 1 and 3');
  expect(devicesText(['cpu'])).toBe('the processor');
  expect(devicesText(['cpu', 'cpu'])).toBe('the processor, as 2 devices');
});

test('A run on two devices is the experiment of two micro-batches, on whichever two.', () => {
  const spec = (microBatches: number, devices?: unknown): RunSpec =>
    RunSpec.parse({
      architecture: ARCHITECTURE,
      data: { source: 'builtin:shapes' },
      recipe: { microBatches },
      seed: 0,
      ...(devices === undefined ? {} : { devices }),
    });
  const key = (...given: Parameters<typeof spec>) => experimentKey(spec(...given), 'data');
  expect(partsOfBatch(spec(2, [0, 1]))).toBe(4);
  expect(key(1, [0, 1])).toBe(key(2));
  expect(key(1, [0, 1])).toBe(key(1, [4, 2]));
  expect(key(1, [3])).toBe(key(1));
  expect(key(1, [0, 1])).not.toBe(key(1));
});

const ARCHITECTURE = {
  format: 1,
  name: 'two blocks',
  stem: { kind: 'cifar', width: 4 },
  block: { kind: 'basic' },
  shortcut: 'A',
  stages: [{ blocks: 2, width: 4, stride: 1 }],
};
