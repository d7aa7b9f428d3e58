// A run of a bundle's first format in the form of today: steps count from 1, and the closing training loss
// is computed from the points, because it depended on how fast the run was.
import { bestMetrics } from '../../shared/curves/best-evaluation.ts';
import { finalMean } from '../../shared/curves/training-means.ts';
import type { BundledRun, BundledSeries } from './bundle.ts';

export interface BundledParts {
  readonly run: BundledRun;
  readonly series: BundledSeries['series'];
}

export function upgradeBundled({ run, series }: BundledParts): BundledParts {
  const { bestStep, ...known } = run.metrics;
  const metrics: BundledRun['metrics'] = Object.fromEntries(
    Object.entries(known).filter(([name]) => !(name in FINAL_VALUES)),
  );
  if (bestStep !== undefined) metrics['bestStep'] = bestStep === null ? null : bestStep + 1;
  for (const [metric, name] of Object.entries(FINAL_VALUES)) {
    const mean = finalMean(series.find((one) => one.name === name)?.values ?? []);
    if (mean !== undefined) metrics[metric] = Number.isFinite(mean) ? mean : null;
  }
  return {
    run: { ...run, metrics },
    series: series.map((one) => ({ ...one, steps: one.steps.map((step) => step + 1) })),
  };
}

/** Bundles written before the best evaluation went by the monitored metric have another one. */
export function withBest({ run, series }: BundledParts): BundledParts {
  const accuracy = series.find(({ name }) => name === 'val/accuracy');
  const loss = series.find(({ name }) => name === 'val/loss');
  if (accuracy?.steps.join() !== loss?.steps.join()) return { run, series };
  const best = bestMetrics(run.spec?.recipe.checkpoints.monitor ?? 'accuracy', {
    steps: accuracy?.steps ?? [],
    accuracy: accuracy?.values ?? [],
    loss: loss?.values ?? [],
  });
  if (best === undefined || best.bestStep === run.metrics['bestStep']) return { run, series };
  return { run: { ...run, metrics: { ...run.metrics, ...best } }, series };
}

const FINAL_VALUES = { lastTrainLoss: 'train/loss', lastTrainAccuracy: 'train/accuracy' };
