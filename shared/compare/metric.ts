// What is known of a metric by its name: how it is called, which way is better, between what it lies. Pure.
import type { Extent } from '../figures/extent.ts';

const METRIC_NAMES: Readonly<Record<string, string>> = {
  'val/accuracy': 'validation accuracy',
  'val/top5': 'validation top-5 accuracy',
  'val/loss': 'validation loss',
  'val/reconstruction': 'validation reconstruction',
  'val/divergence': 'validation KL divergence',
  'train/accuracy': 'training accuracy',
  'train/loss': 'training loss',
  'train/reconstruction': 'training reconstruction',
  'train/divergence': 'training KL divergence',
  'train/epoch-accuracy': 'training accuracy of epochs',
  'train/epoch-loss': 'training loss of epochs',
  'train/rate': 'learning rate',
  'train/loss-scale': 'loss scale',
  'train/skipped-steps': 'skipped steps',
};

/** Those that tables list first. */
export const USUAL_METRICS = Object.keys(METRIC_NAMES);

export function metricName(metric: string): string {
  return METRIC_NAMES[metric] ?? metric;
}

/** Accuracies are shares of one; losses fall. */
export function isShare(metric: string): boolean {
  return /accuracy|top5/i.test(metric);
}

const NOT_NEGATIVE: Extent = { low: 0, high: Infinity };

/** Shares lie between 0 and 1; losses, rates and norms are never below 0. */
export function boundsOf(metric: string): Extent {
  return isShare(metric) ? { low: 0, high: 1 } : NOT_NEGATIVE;
}

/** In nats: losses, and the two terms of an autoencoder's. */
export function isNats(metric: string): boolean {
  return /loss$|reconstruction|divergence/.test(metric);
}

/** 1: more is better; −1: less is better; 0: neither, as a divergence, which pays for what is rebuilt. */
export function betterOf(metric: string): 1 | -1 | 0 {
  if (isShare(metric)) return 1;
  return /loss|error|reconstruction/i.test(metric) ? -1 : 0;
}

/** Values of evaluations; the best of all of them is where the best checkpoint is. */
export function isValidation(metric: string): boolean {
  return metric.startsWith('val/');
}
