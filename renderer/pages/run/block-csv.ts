// The heat map's numbers as CSV: one row a step, one column a unit. Pure.
import type { SeriesData } from '../../../shared/contract/app/runs.ts';

export function blockCsv({ steps, elapsedMs, values, width, labels }: SeriesData): string {
  const rows = [['step', 'elapsed_ms', ...labels].join(',')];
  steps.forEach((step, i) => {
    const cells = Array.from(values.subarray(i * width, (i + 1) * width), (value) =>
      String(Number(value.toPrecision(7))),
    );
    rows.push([step, Math.round(elapsedMs[i] ?? 0), ...cells].join(','));
  });
  return `${rows.join('\r\n')}\r\n`;
}
