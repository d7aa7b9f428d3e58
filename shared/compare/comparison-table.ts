// The table of a comparison: one row a group, a column a measure, deltas against the baseline. Pure; the
// page, the command line and every export write the same cells.
import { spreadHalf, type SpreadKind, type Summary } from '../stats/summary.ts';
import { shownSpread } from '../format.ts';
import { CONDITION_WORDS } from './condition.ts';
import { conditionNotes, groupSummary, seedsOf, type RunGroup } from './groups.ts';
import type { Measure } from './measure.ts';

export interface TableCell {
  readonly summary: Summary | undefined;
  /** `91.3 ± 0.4 %`, or empty. */
  readonly text: string;
  /** Against the baseline; empty in its own row. */
  readonly delta: string;
  readonly isBest: boolean;
}

export interface TableRow {
  readonly group: RunGroup;
  readonly isBaseline: boolean;
  /** Seeds that are in the means, of all that there are. */
  readonly n: number;
  readonly total: number;
  readonly cells: readonly TableCell[];
  readonly notes: readonly string[];
}

export interface TableOptions {
  readonly measures: readonly Measure[];
  readonly spread: SpreadKind;
  readonly baselineKey: string | undefined;
}

export function comparisonTable(groups: readonly RunGroup[], options: TableOptions): TableRow[] {
  const { measures, spread, baselineKey } = options;
  const baseline = groups.find(({ key }) => key === baselineKey);
  const summaries = groups.map((group) => measures.map((measure) => groupSummary(group, measure)));
  const bests = measures.map((measure, column) => {
    if (measure.better === 0) return undefined;
    const means = summaries.flatMap((row) => row[column]?.mean ?? []);
    const best = Math.max(...means.map((mean) => mean * measure.better)) * measure.better;
    return means.length > 1 ? best : undefined;
  });
  return groups.map((group, row) => ({
    group,
    isBaseline: group === baseline,
    n: Math.max(0, ...(summaries[row] ?? []).map((summary) => summary?.n ?? 0)),
    total: seedsOf(group).length,
    notes: conditionNotes(group, CONDITION_WORDS),
    cells: measures.map((measure, column) => {
      const summary = summaries[row]?.[column];
      const base = baseline && baseline !== group ? groupSummary(baseline, measure) : undefined;
      return {
        summary,
        text: summary ? spreadText(summary, measure, spread) : '',
        delta:
          summary && base ? deltaText(summary.mean - base.mean, { summary, measure, spread }) : '',
        isBest: summary !== undefined && summary.mean === bests[column],
      };
    }),
  }));
}

/** Empty where a cost is the same: a column of zeros would hide those that differ. */
function deltaText(
  delta: number,
  { summary, measure, spread }: { summary: Summary; measure: Measure; spread: SpreadKind },
): string {
  if (delta === 0 && measure.better === 0) return '';
  // With the digits of the mean that it stands beside; shares have one decimal there.
  const half = shownSpread(summary.mean, spreadHalf(summary, spread) ?? 0);
  return half > 0 && measure.axisFactor === 1
    ? measure.formatDelta(delta, half)
    : measure.formatDelta(delta);
}

/** Without a spread where there is one value, or where all are equal. */
export function spreadText(summary: Summary, measure: Measure, spread: SpreadKind): string {
  const half = shownSpread(summary.mean, spreadHalf(summary, spread) ?? 0);
  return half === 0 ? measure.format(summary.mean) : measure.formatSpread(summary.mean, half);
}
