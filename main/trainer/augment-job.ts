// Writes a sheet of augmented training images: a row for each image, the original first, then how each
// step would see it.
import { writeFile } from 'node:fs/promises';
import type { AugmentJob } from '../../shared/contract/trainer.ts';
import { encodeSheet } from '../data/sheet.ts';
import { augmentedColumns, drawnRows } from './augmented-columns.ts';
import type { PreparingLink } from './host-link.ts';
import { prepareData } from './prepared-data.ts';
import { reportPreparing } from './preparing.ts';

export async function runAugmentJob(
  job: AugmentJob,
  host: PreparingLink,
): Promise<Record<string, never>> {
  const data = await prepareData({
    data: job.data,
    cacheFolder: job.cacheFolder,
    // A mean image would not be seen, but take a pass over the data.
    normalization: job.normalization.kind === 'per-pixel' ? { kind: 'auto' } : job.normalization,
    splits: ['train'],
    onProgress: reportPreparing(host),
  });
  try {
    const split = data.split('train');
    const made = await augmentedColumns(data.dataset, split, {
      rows: drawnRows(split, job.images, job.seed),
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
  return {};
}
