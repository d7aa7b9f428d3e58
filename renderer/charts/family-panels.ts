// Which curves stand side by side where several runs are looked at: those that their families have. Pure.
import type { RunRow } from '../../shared/contract/app/runs.ts';
import { isNats, isShare, metricName } from '../../shared/compare/metric.ts';

export interface Panel {
  readonly metric: string;
  readonly title: string;
  readonly yTitle: string;
  readonly isShare: boolean;
}

const OF_ALL = ['train/loss', 'val/loss'];
const OF_CLASSIFIERS = ['val/accuracy', 'train/accuracy'];
const OF_AUTOENCODERS = ['val/reconstruction', 'val/divergence'];

/** Every metric that a panel may show. */
export const PANEL_METRICS: readonly string[] = [...OF_ALL, ...OF_CLASSIFIERS, ...OF_AUTOENCODERS];

/** What is looked at first comes first. */
export function panelsFor(runs: readonly Pick<RunRow, 'family'>[]): Panel[] {
  const isOnly = (family: RunRow['family']): boolean =>
    runs.length > 0 && runs.every((run) => (run.family ?? 'classifier') === family);
  const metrics = isOnly('autoencoder')
    ? ['val/loss', 'train/loss', ...OF_AUTOENCODERS]
    : isOnly('classifier') || runs.length === 0
      ? ['val/accuracy', 'train/loss', 'val/loss', 'train/accuracy']
      : ['val/accuracy', ...OF_ALL, 'train/accuracy', ...OF_AUTOENCODERS];
  const loss = isOnly('autoencoder')
    ? 'Negative ELBO'
    : isOnly('classifier') || runs.length === 0
      ? 'Cross-entropy'
      : 'Loss of each family';
  return metrics.map((metric) => ({
    metric,
    title: capital(metricName(metric)),
    yTitle: isShare(metric) ? 'Correct (%)' : axisOf(metric, loss),
    isShare: isShare(metric),
  }));
}

function axisOf(metric: string, loss: string): string {
  if (!isNats(metric)) return capital(metricName(metric));
  return `${metric.endsWith('loss') ? loss : capital(metricName(metric))} (nats)`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
