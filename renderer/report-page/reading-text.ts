// How an exported chart writes what it reads at one place. Pure.
import type { Reading } from '../../shared/figures/readings.ts';

/** `0.6931 ± 0.02`; of shares `92.5 ± 0.3 %`. */
export function readingText({ value, spread }: Reading, isShare: boolean): string {
  if (!Number.isFinite(value)) return 'not a number';
  const factor = isShare ? 100 : 1;
  const half = spread === null ? '' : ` ± ${rounded(spread * factor, 2)}`;
  return `${rounded(value * factor, 4)}${half}${isShare ? ' %' : ''}`;
}

function rounded(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}
