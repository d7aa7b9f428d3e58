import { expect, test } from 'vitest';
import { placeOfForeignRun, placesFor } from './places.ts';
import { parseGpuStates } from '../services/gpu-state.ts';

const gpus = [
  { index: 0, uuid: 'GPU-aaaa' },
  { index: 1, uuid: 'GPU-bbbb' },
];

test.each([
  [undefined, ['cuda:0', 'cuda:1']],
  ['1', ['cuda:1']],
  ['1,0', ['cuda:1', 'cuda:0']],
  ['GPU-bb', ['cuda:1']],
  ['0,-1,1', ['cuda:0']],
  ['0,0', ['cuda:0']],
  ['', ['cpu']],
  ['-1', ['cpu']],
])('With CUDA_VISIBLE_DEVICES %j runs are trained on %j.', (visible, names) => {
  expect(placesFor(gpus, visible).map(({ name }) => name)).toEqual(names);
});

test('A GPU build whose GPUs can not be listed still has one place.', () => {
  expect(placesFor([], undefined)).toEqual([{ name: 'cuda:0', device: { kind: 'cuda', gpu: 0 } }]);
});

test("Another process's run occupies the device it was started on.", () => {
  const places = placesFor(gpus, undefined);
  const on = (visible: string) => ({ variables: { CUDA_VISIBLE_DEVICES: visible } });
  expect(placeOfForeignRun(on('1'), places)).toBe('cuda:1');
  expect(placeOfForeignRun(on('-1'), places)).toBe('cpu');
  // Not started yet: it will take the first.
  expect(placeOfForeignRun({}, places)).toBe('cuda:0');
});

test('The state of GPUs is read from what nvidia-smi prints, whatever a board can not tell.', () => {
  const printed =
    '0, GPU-aaaa, NVIDIA GeForce RTX 4090, 1024, 24564, 97, 61\n' +
    '1, GPU-bbbb, NVIDIA GB10, [N/A], [N/A], 0, [Not Supported]\n';
  expect(parseGpuStates(printed)).toEqual([
    {
      index: 0,
      uuid: 'GPU-aaaa',
      name: 'NVIDIA GeForce RTX 4090',
      memoryUsedBytes: 1024 * 2 ** 20,
      memoryTotalBytes: 24564 * 2 ** 20,
      load: 0.97,
      temperatureC: 61,
    },
    {
      index: 1,
      uuid: 'GPU-bbbb',
      name: 'NVIDIA GB10',
      memoryUsedBytes: 0,
      memoryTotalBytes: 0,
      load: 0,
      temperatureC: null,
    },
  ]);
  expect(parseGpuStates('NVIDIA-SMI has failed')).toEqual([]);
});
