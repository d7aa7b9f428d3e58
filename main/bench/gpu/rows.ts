// What a measurement on a GPU says: images a second with the number of steps that it is the median of. Pure.
import type { StepCase } from '../cases.ts';
import { median, spreadPercent } from '../statistics.ts';

export interface Row {
  readonly network: string;
  readonly size: number;
  readonly batch: number;
  readonly precision: string;
  /** `ours`, `torch compile`. */
  readonly who: string;
  /** Timed steps. */
  readonly n: number;
  /** Of the median step; null where there was none. */
  readonly imagesPerSecond: number | null;
  readonly medianMs: number | null;
  /** Half the distance between the quartiles, in percent of the median. */
  readonly spreadPercent: number | null;
  readonly stepsMs: readonly number[];
  readonly versions?: Readonly<Record<string, string>>;
  /** Why there are no times. */
  readonly missing?: string;
}

export function rowOf(
  { architecture, size, batch, precision }: StepCase,
  given: Pick<Row, 'who' | 'stepsMs' | 'versions' | 'missing'>,
): Row {
  const { stepsMs } = given;
  const n = stepsMs.length;
  const middle = n === 0 ? null : median(stepsMs);
  return {
    ...{ network: architecture, size, batch, precision, ...given, n },
    imagesPerSecond: middle === null ? null : (1000 * batch) / middle,
    medianMs: middle,
    spreadPercent: n === 0 ? null : spreadPercent(stepsMs),
  };
}

/** A line; a reference also says what share of its speed is ours. */
export function formatRow(row: Row, ours: Row | undefined): string {
  const { network, size, batch, precision, who, n, imagesPerSecond: speed } = row;
  const start = `${network} ${size} px batch ${batch} ${precision} · ${who}: `;
  if (speed === null) return `${start}nothing (${row.missing ?? 'no steps'})`;
  const own = ours?.imagesPerSecond ?? null;
  const share = own === null ? '' : `, ours ${(own / speed).toFixed(2)} of it`;
  const spread = (row.spreadPercent ?? 0).toFixed(0);
  return `${start}${speed.toPrecision(4)} images/s (n = ${n}, ± ${spread} %)${share}`;
}
