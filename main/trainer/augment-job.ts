// Writes a sheet of augmented training images: a row for each image, the original first, then how each
// step would see it.
import { writeFile } from 'node:fs/promises';
import { createRng } from '../../shared/rng.ts';
import type { AugmentJob } from '../../shared/contract/trainer.ts';
import { encodeSheet } from '../data/sheet.ts';
import { augmentedColumns } from './augmented-columns.ts';
import type { HostLink } from './host-link.ts';
import { prepareData } from './prepared-data.ts';
import { reportPreparing } from './preparing.ts';

export async function runAugmentJob(job: AugmentJob, host: HostLink): Promise<void> {
  const started = performance.now();
  const data = await prepareData({
    data: job.data,
    cacheFolder: job.cacheFolder,
    normalization: job.normalization,
    splits: ['train'],
    onProgress: reportPreparing(host),
  });
  try {
    const split = data.split('train');
    const rng = createRng(job.seed, 'sheet');
    const rows = Int32Array.from({ length: job.images }, () => rng.below(split.count));
    const made = await augmentedColumns(data.dataset, split, {
      rows,
      augmentation: job.augmentation,
      normalization: data.normalization,
      seed: job.seed,
      rounds: job.rounds,
    });
    await writeFile(
      job.out,
      await encodeSheet([made.originals, ...made.rounds], data.dataset.shape),
    );
  } finally {
    await data.dataset.close();
  }
  await host.send({
    kind: 'done',
    outcome: 'finished',
    step: 0,
    elapsedMs: performance.now() - started,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  });
}
