// The places where runs can be trained: each GPU that the user lets us see, or the CPU as a whole. A
// device is known by a short text, `cpu` or `cuda:GPU`, that is written into the queue.
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
  if (listed.length === 0) return wished === undefined ? [cuda(0)] : [cpu];
  return [...new Set(listed)].map(cuda);
}

function cuda(gpu: number | string): Place {
  return { name: `cuda:${gpu}`, device: { kind: 'cuda', gpu } };
}

/** The place that a run of another process occupies, as far as its record tells. */
export function placeOfForeignRun(environment: unknown, places: readonly Place[]): string {
  const variables = asObject(asObject(environment)['variables']);
  const visible = variables['CUDA_VISIBLE_DEVICES'];
  const first = places[0]?.name ?? cpu.name;
  if (typeof visible !== 'string' || visible === '') return first;
  return visible === '-1' ? cpu.name : `cuda:${visible.split(',')[0] ?? ''}`;
}
