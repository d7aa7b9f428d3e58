// Answers previews of augmentation, one after the other, until its host has no more of them. TensorFlow
// and the data last asked for stay open in between, so that only the first answer takes seconds.
import { toErrorDocument } from '../../shared/errors.ts';
import type { PreviewJob, PreviewRequest } from '../../shared/contract/trainer.ts';
import type { DataSpec } from '../../shared/spec/run.ts';
import type { Dataset } from '../data/dataset.ts';
import { openDataset } from '../data/open.ts';
import { openingOf } from '../data/opening.ts';
import { augmentedColumns, drawnRows } from './augmented-columns.ts';
import type { HostLink } from './host-link.ts';
import { sendDone } from './job-end.ts';
import { normalizationFor } from './prepared-data.ts';
import { reportPreparing } from './preparing.ts';

export async function runPreviewJob(job: PreviewJob, host: HostLink): Promise<void> {
  const started = performance.now();
  const data = keepOpen((spec) =>
    openDataset({
      ...openingOf(spec),
      cacheFolder: job.cacheFolder,
      lenient: true,
      // A handful of rows: they are read from the cache file.
      memoryBudgetBytes: 0,
      onProgress: reportPreparing(host),
    }),
  );
  await host.send({ kind: 'preview-ready' });
  try {
    for (;;) {
      const request = await host.nextPreview();
      if (request === undefined) break;
      try {
        const dataset = await data.open(request.data, request.fingerprint);
        await answer(request, dataset, host);
      } catch (error) {
        await host.send({ kind: 'preview-failed', id: request.id, error: toErrorDocument(error) });
      }
    }
  } finally {
    await data.close();
  }
  await sendDone(host, started);
}

async function answer(request: PreviewRequest, dataset: Dataset, host: HostLink): Promise<void> {
  const { train } = dataset.splits;
  const { originals, rounds } = await augmentedColumns(dataset, train, {
    rows: drawnRows(train, request.images, request.choice),
    augmentation: request.augmentation,
    normalization: normalizationFor(dataset, request.normalization),
    seed: request.seed,
    rounds: request.rounds,
  });
  const columns = [originals, ...rounds];
  const pixels = new Uint8Array(columns.length * originals.length);
  columns.forEach((column, i) => pixels.set(column, i * originals.length));
  await host.send({ kind: 'previewed', id: request.id, shape: { ...dataset.shape }, pixels });
}

interface KeptOpen {
  open(spec: DataSpec, fingerprint: string | undefined): Promise<Dataset>;
  close(): Promise<void>;
}

/** The last one stays open; it is opened anew for another spec, and when it is known to have changed. */
function keepOpen(open: (spec: DataSpec) => Promise<Dataset>): KeptOpen {
  let kept: { readonly key: string; readonly dataset: Dataset } | undefined;
  const close = async (): Promise<void> => {
    const { dataset } = kept ?? {};
    kept = undefined;
    await dataset?.close();
  };
  return {
    open: async (spec, fingerprint) => {
      const key = JSON.stringify([spec, fingerprint]);
      if (kept?.key === key) return kept.dataset;
      await close();
      const dataset = await open(spec);
      kept = { key, dataset };
      return dataset;
    },
    close,
  };
}
