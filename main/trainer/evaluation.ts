// One pass over a split with running statistics.
import type { EvaluationFacts } from '../../shared/contract/trainer.ts';
import type { SplitName } from '../data/dataset.ts';
import type { Network } from '../engine/network/network.ts';
import { isFiniteRow } from '../../shared/calibration/logits.ts';
import type { PreparedData } from './prepared-data.ts';

export interface EvaluationOptions {
  readonly network: Network;
  readonly data: PreparedData;
  readonly split: SplitName;
  readonly batch: number;
  readonly step: number;
  /** Count hits for each class as well, of a classifier; needs the logits on the host. */
  readonly perClass: boolean;
  /** Told every example's logits, and its last features where they are asked for; needs `perClass`. */
  readonly onExample?:
    | ((row: number, label: number, logits: Float32Array, features: Float32Array) => void)
    | undefined;
  /** Of a network with `hasFeatures`. */
  readonly features?: boolean;
  /** Called between batches; may throw to abandon. */
  readonly betweenBatches: (done: number, total: number) => Promise<void>;
}

export async function evaluateSplit(options: EvaluationOptions): Promise<EvaluationFacts> {
  const { network, data, batch } = options;
  const split = data.split(options.split);
  const classes = data.dataset.classes.map((name) => ({ name, examples: 0, correct: 0 }));
  let lossSum = 0;
  let top1 = 0;
  let top5 = 0;
  let reconstruction = 0;
  let divergence = 0;
  let notFinite = 0;
  for (let start = 0; start < split.count; start += batch) {
    const validCount = Math.min(batch, split.count - start);
    // A short last batch is filled up with its first row, which then does not count.
    const rows = Int32Array.from({ length: batch }, (_, i) => start + (i < validCount ? i : 0));
    const result = network.evaluate({
      batch: await data.batch(options.split, rows),
      validCount,
      logits: options.perClass && !network.isAutoencoder,
      features: options.features === true,
    });
    lossSum += result.lossSum;
    top1 += result.top1Hits;
    top5 += result.top5Hits;
    reconstruction += result.elbo?.reconstruction ?? 0;
    divergence += result.elbo?.divergence ?? 0;
    if (result.logits) {
      const features = result.features ?? new Float32Array();
      const width = features.length / batch;
      for (let i = 0; i < validCount; i++) {
        const label = split.labels[start + i] ?? 0;
        const entry = classes[label];
        if (!entry) throw new Error(`Row ${start + i} has the label ${label}, which is no class.`);
        entry.examples++;
        const row = result.logits.subarray(i * classes.length, (i + 1) * classes.length);
        if (!isFiniteRow(row)) notFinite++;
        else if (mostLikely(row) === label) entry.correct++;
        const own = features.subarray(i * width, (i + 1) * width);
        options.onExample?.(start + i, label, row, own);
      }
    }
    await options.betweenBatches(start + validCount, split.count);
  }
  const { count } = split;
  const facts = {
    step: options.step,
    split: options.split,
    examples: count,
    loss: lossSum / count,
  };
  if (network.isAutoencoder) {
    const elbo = { reconstruction: reconstruction / count, divergence: divergence / count };
    return { ...facts, elbo };
  }
  return {
    ...facts,
    accuracy: top1 / split.count,
    top5: top5 / split.count,
    ...(options.perClass ? { classes, notFinite } : {}),
  };
}

function mostLikely(logits: Float32Array): number {
  return logits.reduce((best, logit, c) => (logit > (logits[best] ?? 0) ? c : best), 0);
}
