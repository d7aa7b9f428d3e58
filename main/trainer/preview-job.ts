// Previews of augmentation. TensorFlow and the data last asked for stay open in between, so that only the
// first of a process takes seconds.
import type { PreviewJob, PreviewResult } from '../../shared/contract/trainer.ts';
import type { Dataset } from '../data/dataset.ts';
import { openDataset } from '../data/open.ts';
import { dataSpecOptions } from '../data/data-spec-options.ts';
import { augmentedColumns, drawnRows } from './augmented-columns.ts';
import type { PreparingLink } from './host-link.ts';
import { normalizationFor } from './prepared-data.ts';
import { reportPreparing } from './preparing.ts';

export async function runPreviewJob(job: PreviewJob, host: PreparingLink): Promise<PreviewResult> {
  const dataset = await kept.open(job, host);
  const { train } = dataset.splits;
  const { originals, rounds } = await augmentedColumns(dataset, train, {
    rows: drawnRows(train, job.images, job.choice),
    augmentation: job.augmentation,
    normalization: normalizationFor(dataset, job.normalization),
    seed: job.seed,
    rounds: job.rounds,
  });
  const columns = [originals, ...rounds];
  const pixels = new Uint8Array(columns.length * originals.length);
  columns.forEach((column, i) => pixels.set(column, i * originals.length));
  return { shape: { ...dataset.shape }, pixels };
}

/** The last one stays open; it is opened anew for another spec, and when it is known to have changed. */
class KeptOpen {
  #kept: { readonly key: string; readonly dataset: Dataset } | undefined;

  async open(job: PreviewJob, host: PreparingLink): Promise<Dataset> {
    const key = JSON.stringify([job.data, job.fingerprint]);
    if (this.#kept?.key === key) return this.#kept.dataset;
    const { dataset: former } = this.#kept ?? {};
    this.#kept = undefined;
    await former?.close();
    const dataset = await this.#openNow(job, host);
    this.#kept = { key, dataset };
    return dataset;
  }

  #openNow({ data, cacheFolder }: PreviewJob, host: PreparingLink): Promise<Dataset> {
    return openDataset({
      ...dataSpecOptions(data),
      cacheFolder,
      lenient: true,
      // A handful of rows: they are read from the cache file.
      onProgress: reportPreparing(host),
    });
  }
}

const kept = new KeptOpen();
