// Writes a sheet of augmented training images: a row for each image, the original first, then how each
// step would see it. The rows of a column are one batch, so mixing shows as in training.
import { writeFile } from 'node:fs/promises';
import { createRng } from '../../shared/rng.ts';
import type { AugmentJob } from '../../shared/contract/trainer.ts';
import { encodeSheet } from '../data/sheet.ts';
import { augmentImages } from '../engine/network/augmented-images.ts';
import type { HostLink } from './host-link.ts';
import { toAugmentation } from './network-options.ts';
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
    const { height, width, channels } = data.facts.input;
    const rng = createRng(job.seed, 'sheet');
    const rows = Int32Array.from({ length: job.images }, () => rng.below(split.count));
    const pixels = new Uint8Array(rows.length * split.rowBytes);
    await split.readRows(rows, pixels);
    const labels = rows.map((row) => split.labels[row] ?? 0);
    const columns: Uint8Array[] = [pixels];
    for (let round = 0; round < job.rounds; round++) {
      const made = augmentImages(
        { shape: [rows.length, height, width, channels], pixels, labels },
        {
          augmentation: toAugmentation(job.augmentation),
          normalization: data.normalization,
          classes: data.facts.classes.length,
          seed: [job.seed | 0, round],
        },
      );
      columns.push(made.pixels);
    }
    await writeFile(job.out, await encodeSheet(columns, data.dataset.shape));
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
