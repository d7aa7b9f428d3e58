// A calibration as text for a terminal.
import type { Calibration } from '../../shared/calibration/calibration.ts';
import { formatPercent, formatSignificant } from '../../shared/format.ts';
import { formatPairs, formatTable } from './table.ts';

const COLUMNS = [
  { title: 'confidence' },
  ...['images', 'mean confidence', 'accuracy', 'after: images', 'mean confidence', 'accuracy'].map(
    (title) => ({ title, right: true }),
  ),
];

export function formatCalibration({ before, after, temperature, isOptimum }: Calibration): string {
  const pair = (one: number, other: number, format: (value: number) => string): string =>
    `${format(one)} → ${format(other)}`;
  const pairs = formatPairs([
    [
      'temperature',
      isOptimum
        ? `${formatSignificant(temperature)} (fitted on these images by their likelihood)`
        : `none is best; taken: ${formatSignificant(temperature)}`,
    ],
    [
      'expected calibration error',
      `${pair(before.expectedError, after.expectedError, formatPercent)} (15 bins)`,
    ],
    ['negative log-likelihood', pair(before.nll, after.nll, formatSignificant)],
  ]);
  const share = (value: number | null): string => (value === null ? '' : formatPercent(value));
  const rows = before.bins.flatMap(({ from, to, count, confidence, accuracy }, i) => {
    const other = after.bins[i];
    if (count === 0 && other?.count === 0) return [];
    return [
      [
        `${from.toFixed(3)} to ${to.toFixed(3)}`,
        ...[String(count), share(confidence), share(accuracy)],
        ...[
          String(other?.count ?? 0),
          share(other?.confidence ?? null),
          share(other?.accuracy ?? null),
        ],
      ],
    ];
  });
  return `${pairs}\n\n${formatTable(COLUMNS, rows)}`;
}
