// Whether a training fits into what is free where it would run, looked at right before it starts.
import { failure } from '../../../shared/errors.ts';
import type { Library } from '../../store/library.ts';
import type { RunRecord } from '../../store/run-record.ts';
import type { Environment } from '../trainer-launcher.ts';
import type { Place } from '../scheduling/job.ts';
import {
  clearlyFits,
  costOf,
  recipeLoad,
  refuseIfTooLarge,
  type WorkloadCost,
} from './estimate.ts';
import { readGpus } from './gpu-state.ts';
import { availableMemory } from './machine-memory.ts';
import { specOf } from './run-rows.ts';

/** What a trainer that has just ended held may take a moment to come back. */
const attempts = 6;
const pauseMs = 500;

/** @throws inputError `needs-memory` with the numbers */
export async function requireMemory(
  { library, env }: { readonly library: Library; readonly env: Environment },
  run: RunRecord,
  place: Place,
): Promise<void> {
  const cost = costOfRun(library, run);
  if (cost === undefined) return;
  for (let attempt = 1; attempt < attempts; attempt++) {
    if (await fitsOn(place, cost, env)) return;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  const { neededBytes, availableBytes, where } = await measure(place, cost, env);
  refuseIfTooLarge({ memory: cost.memory, totalBytes: neededBytes }, availableBytes, where);
}

async function fitsOn(place: Place, cost: WorkloadCost, env: Environment): Promise<boolean> {
  const { neededBytes, availableBytes } = await measure(place, cost, env);
  return clearlyFits(neededBytes, availableBytes);
}

async function measure({ device }: Place, cost: WorkloadCost, env: Environment) {
  if (device === undefined || device.kind === 'cpu') {
    return {
      neededBytes: cost.totalBytes,
      availableBytes: availableMemory(),
      where: 'this machine now',
    };
  }
  const states = await readGpus(env);
  const free = device.gpus.map((gpu) => {
    const found = states.find(({ index, uuid }) => index === gpu || uuid === gpu);
    // What nobody can tell is no reason to refuse.
    const bytes = found === undefined ? Infinity : found.memoryTotalBytes - found.memoryUsedBytes;
    return { gpu, bytes };
  });
  // Of several the fullest: each has its part of the batch.
  const [least] = free.toSorted((a, b) => a.bytes - b.bytes);
  return {
    neededBytes: cost.deviceBytes,
    availableBytes: least?.bytes ?? Infinity,
    where: `GPU ${least?.gpu ?? 0} now`,
  };
}

/** Undefined when the data is no longer known; the trainer will find out. */
function costOfRun(library: Library, run: RunRecord): WorkloadCost | undefined {
  const data = library.datasets.find(run.dataFingerprint);
  if (data === undefined) return undefined;
  const { architecture, recipe, devices } = specOf(run);
  const { shape, classes, counts } = data;
  if (classes.length === 0) {
    throw failure('no-classes', `The data of the run ${run.id} has no classes.`);
  }
  return costOf({
    architecture,
    input: shape,
    classes: classes.length,
    ...recipeLoad(recipe, devices),
    examples: (counts['train'] ?? 0) + (counts['val'] ?? 0),
  });
}
