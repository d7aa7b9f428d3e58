import { expect, test } from 'vitest';
import { placesIn } from './job.ts';
import { placeFor, placeOfForeignRun, placesFor, requireDevices } from './places.ts';
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
  expect(placesFor([], undefined)).toEqual([
    { name: 'cuda:0', device: { kind: 'cuda', gpus: [0] } },
  ]);
});

test("Another process's run occupies the device it was started on.", () => {
  const places = placesFor(gpus, undefined);
  const on = (visible: string) => ({ variables: { CUDA_VISIBLE_DEVICES: visible } });
  expect(placeOfForeignRun(on('1'), places)).toBe('cuda:1');
  expect(placeOfForeignRun(on('0,1'), places)).toBe('cuda:0,1');
  expect(placeOfForeignRun(on('-1'), places)).toBe('cpu');
  // Not started yet: it will take the first.
  expect(placeOfForeignRun({}, places)).toBe('cuda:0');
});

test('A run that names several GPUs takes up all of them.', () => {
  const place = placeFor([1, 0]);
  expect(place).toEqual({ name: 'cuda:1,0', device: { kind: 'cuda', gpus: [1, 0] } });
  expect(placesIn(place.name)).toEqual(['cuda:1', 'cuda:0']);
  expect(placeFor(['cpu', 'cpu'])).toEqual({ name: 'cpu', device: { kind: 'cpu' } });
  expect(placesIn('cpu')).toEqual(['cpu']);
});

test('A device that is not there is refused with what is.', () => {
  const refused = (devices: number[], visible?: string): string => {
    try {
      requireDevices(devices, placesFor(gpus, visible));
    } catch (error) {
      return String(error);
    }
    return '';
  };
  expect(refused([0, 1])).toBe('');
  expect(refused([0, 2])).toContain(
    'The run is to be trained on GPUs 0 and 2, but there are GPUs 0, 1. Name others',
  );
  expect(refused([1], '0')).toContain('on GPU 1, but there is GPU 0.');
  expect(refused([0], '-1')).toContain('but no GPU can be used here');
  expect(() => requireDevices(['cpu', 'cpu'], placesFor(gpus, undefined))).not.toThrow();
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
