// A run of a bundle's first format in the form of today: steps count from 1, and the closing training loss
// is computed from the points, because it depended on how fast the run was.
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

const FINAL_VALUES = { lastTrainLoss: 'train/loss', lastTrainAccuracy: 'train/accuracy' };
