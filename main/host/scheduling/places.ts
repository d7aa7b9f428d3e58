// The places where runs can be trained: each GPU that the user lets us see, or the CPU as a whole. A
// device is known by a short text, `cpu` or `cuda:GPU`, that is written into the queue. A run that names its devices
// gets those and no others.
import { inputError } from '../../../shared/errors.ts';
import { devicesText, type DeviceList } from '../../../shared/spec/devices.ts';
import { gatherFacts } from '../../runtime/machine.ts';
import { queryGpus } from '../../runtime/nvidia-smi.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Environment } from '../trainer-launcher.ts';
import { asObject } from '../services/run-rows.ts';
import type { Place } from './job.ts';

const cpu: Place = { name: 'cpu', device: { kind: 'cpu' } };

export async function findPlaces(
  runtime: Pick<Runtime, 'device'>,
  env: Environment,
): Promise<readonly Place[]> {
  if (runtime.device === 'cpu') return [cpu];
  const { gpus } = await queryGpus(env);
  return placesFor(
    gpus.map(({ index, uuid }) => ({ index, uuid })),
    env['CUDA_VISIBLE_DEVICES'],
  );
}

/** `visible` is CUDA_VISIBLE_DEVICES as the user set it: indices or uuids, a negative one ends the list. */
export function placesFor(
  gpus: readonly { readonly index: number; readonly uuid: string }[],
  visible: string | undefined,
): readonly Place[] {
  const wished = visible?.split(',').map((entry) => entry.trim());
  const listed: (number | string)[] = [];
  if (wished === undefined) listed.push(...gpus.map((gpu) => gpu.index));
  else {
    for (const entry of wished) {
      if (entry === '' || /^-/.test(entry)) break;
      const gpu = gpus.find(({ index, uuid }) => entry === String(index) || uuid.startsWith(entry));
      listed.push(gpu?.index ?? entry);
    }
  }
  // A list that hides them all asks for the CPU; a GPU build trains there as well.
  if (listed.length === 0) return wished === undefined ? [cuda([0])] : [cpu];
  return [...new Set(listed)].map((gpu) => cuda([gpu]));
}

function cuda(gpus: readonly (number | string)[]): Place {
  return { name: `cuda:${gpus.join(',')}`, device: { kind: 'cuda', gpus } };
}

/** The place that a run wants which names its devices. */
export function placeFor(devices: DeviceList): Place {
  const gpus = devices.filter((device) => device !== 'cpu');
  return gpus.length === 0 ? cpu : cuda(gpus);
}

/** The devices that a run names and that are not among the places; the processor always is. */
export function missingDevices(devices: DeviceList, places: readonly Place[]): DeviceList {
  const known = new Set(['cpu', ...places.map(({ name }) => name)]);
  return devices.filter((device) => !known.has(device === 'cpu' ? device : `cuda:${device}`));
}

/** @throws inputError `no-such-device` if a run names one that is not there */
export function requireDevices(devices: DeviceList, places: readonly Place[]): void {
  const missing = missingDevices(devices, places);
  if (missing.length === 0) return;
  const gpus = places.filter(({ name }) => name !== 'cpu').map(({ name }) => name.slice(5));
  const there =
    gpus.length === 0
      ? 'no GPU can be used here (`resnet-lab doctor` says why)'
      : `there ${gpus.length === 1 ? 'is GPU' : 'are GPUs'} ${gpus.join(', ')}`;
  throw inputError(
    'no-such-device',
    `The run is to be trained on ${devicesText(devices)}, but ${there}. Name others in its devices, or none: then it takes one that is free.`,
    { path: 'devices', details: { missing } },
  );
}

/**
 * Refuses a run before it is made, and before TensorFlow is there. GPUs that can't be listed are left to the trainer.
 * @throws inputError `no-such-device`
 */
export async function checkDevices(
  devices: DeviceList | undefined,
  env: Environment,
  signal?: AbortSignal,
): Promise<void> {
  if (devices === undefined || devices.includes('cpu')) return;
  const { gpus, problem } = (await gatherFacts(env, signal)).gpus;
  if (gpus.length === 0 && problem !== undefined) return;
  requireDevices(devices, gpus.length === 0 ? [] : placesFor(gpus, env['CUDA_VISIBLE_DEVICES']));
}

/** The name of the place that a run of another process occupies, as far as its record tells. */
export function placeOfForeignRun(environment: unknown, places: readonly Place[]): string {
  const variables = asObject(asObject(environment)['variables']);
  const visible = variables['CUDA_VISIBLE_DEVICES'];
  const first = places[0]?.name ?? cpu.name;
  if (typeof visible !== 'string' || visible === '') return first;
  return visible === '-1' ? cpu.name : `cuda:${visible}`;
}
