// The heat map's numbers as CSV: one row a step, one column a unit. Pure.
import type { SeriesData } from '../../../shared/contract/app/runs.ts';
import { wallTimeText, type Stretch } from '../../../shared/contract/run-clock.ts';

export function blockCsv(
  { steps, elapsedMs, values, width, labels }: SeriesData,
  stretches: readonly Stretch[],
): string {
  const wallTime = wallTimeText(stretches);
  const rows = [['step', 'elapsed_ms', 'wall_time', ...labels].join(',')];
  steps.forEach((step, i) => {
    const cells = Array.from(values.subarray(i * width, (i + 1) * width), (value) =>
      String(Number(value.toPrecision(7))),
    );
    const elapsed = elapsedMs[i] ?? 0;
    rows.push([step, Math.round(elapsed), wallTime(elapsed), ...cells].join(','));
  });
  return `${rows.join('\r\n')}\r\n`;
}
