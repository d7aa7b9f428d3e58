// On which devices a run is trained: by default on whichever is free. Several compute each step together, a part of
// the batch each, which comes to what as many micro-batches on one device come to.
import { z } from 'zod';
import type { SpecIssue } from './issue-sentence.ts';
import { nearestDivisor } from './recipe-check.ts';
import type { RecipeSpec } from './recipe.ts';

/** A GPU as nvidia-smi counts them, or the processor. */
export const Device = z.union([z.int().min(0).max(255), z.literal('cpu')]);

export const DeviceList = z
  .array(Device)
  .min(1)
  .max(16)
  .superRefine((devices, context) => {
    const problem = problemOf(devices);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

export type Device = z.output<typeof Device>;
export type DeviceList = z.output<typeof DeviceList>;

/** Whoever has no GPUs to divide a step between can try it on the processor, which is then several devices. */
function problemOf(devices: readonly Device[]): string | undefined {
  const gpus = devices.filter((device) => device !== 'cpu');
  if (gpus.length > 0 && gpus.length < devices.length) {
    return 'it names GPUs and cpu together; a run is on GPUs, or on the processor';
  }
  const twice = gpus.find((gpu, i) => gpus.indexOf(gpu) !== i);
  return twice === undefined
    ? undefined
    : `it names GPU ${twice} twice; each does one part of a step`;
}

interface Divided {
  readonly recipe: Pick<RecipeSpec, 'batch' | 'microBatches'>;
  readonly devices?: DeviceList | undefined;
}

/** Devices that a step is divided between. */
export function replicaCount({ devices }: Pick<Divided, 'devices'>): number {
  return devices?.length ?? 1;
}

/** Parts of a batch that batch norm sees one at a time, on one device after the other or on several at once. */
export function partsOfBatch(spec: Divided): number {
  return spec.recipe.microBatches * replicaCount(spec);
}

/** What is wrong with a recipe on these devices. */
export function devicesConflict(spec: Divided): SpecIssue | undefined {
  const { batch, microBatches } = spec.recipe;
  const count = replicaCount(spec);
  const perCall = batch / microBatches;
  if (count === 1 || perCall % count === 0) return undefined;
  const of = microBatches === 1 ? `a batch of ${batch}` : `a micro-batch of ${perCall}`;
  const near = nearestDivisor(perCall, count);
  return {
    path: 'devices',
    sentence: `${count} devices do not divide ${of} evenly; ${near} would, or choose another batch size.`,
  };
}

/** `0, 1` or `cpu, cpu`; a sentence if it is something else. */
export function parseDevices(text: string): DeviceList | string {
  const words = text.split(/[,;\s]+/).filter((word) => word !== '');
  const wrong = words.find((word) => word !== 'cpu' && !/^\d{1,3}$/.test(word));
  if (wrong !== undefined) {
    return `“${wrong}” is no device; write the numbers of GPUs as nvidia-smi counts them, such as 0, 1, or cpu.`;
  }
  const devices = words.map((word): Device => (word === 'cpu' ? word : Number(word)));
  const parsed = DeviceList.safeParse(devices);
  if (parsed.success) return parsed.data;
  const problem = problemOf(devices);
  if (problem !== undefined) return `“${text.trim()}” can't be used: ${problem}.`;
  return devices.length === 0
    ? 'Name at least one device, such as 0, or leave it out.'
    : 'Name at most 16 devices, with numbers of at most 255.';
}

/** `GPU 0`, `GPUs 0 and 1`, `the processor, as 2 devices`. */
export function devicesText(devices: DeviceList): string {
  if (devices.includes('cpu')) {
    return devices.length === 1 ? 'the processor' : `the processor, as ${devices.length} devices`;
  }
  if (devices.length === 1) return `GPU ${devices.join('')}`;
  return `GPUs ${devices.slice(0, -1).join(', ')} and ${devices.at(-1) ?? ''}`;
}
