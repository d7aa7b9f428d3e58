// What a resumed run takes from its checkpoint rather than from its spec: it goes on with what it began with.
import type { TrainJob } from '../../shared/contract/trainer.ts';
import type { Precision } from '../../shared/spec/precision.ts';
import { checkpointFile } from './checkpoint.ts';
import type { PrepareOptions } from './prepared-data.ts';
import { openWeightSource } from './weight-source.ts';

export async function resumedNormalization(
  job: TrainJob,
): Promise<PrepareOptions['normalization']> {
  if (job.spec.recipe.normalization.kind !== 'per-pixel') return job.spec.recipe.normalization;
  const { normalization } = await openWeightSource({ file: checkpointFile(job.runFolder, 'last') });
  if (normalization === undefined)
    throw new Error('The checkpoint does not know its own training.');
  return { kind: 'known', is: normalization };
}

/** What the recipe says; where it leaves that to the device, what the run's first device was fastest in. */
export async function precisionOf({
  spec,
  resume,
  runFolder,
  fastest,
}: TrainJob): Promise<Precision> {
  const { precision = 'float32' } = spec.recipe;
  if (precision !== 'auto') return precision;
  if (!resume) return fastest ?? 'float32';
  return (await openWeightSource({ file: checkpointFile(runFolder, 'last') })).precision;
}
