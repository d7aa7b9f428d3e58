// The numbers of a report as CSV: the comparison in one file. Series are written by the store's own
// writer. Pure. A text that a spreadsheet would run as a formula is defused.
import { csvText } from '../../shared/csv.ts';
import { COSTS, metricMeasure, metricsOf, VALUE_KINDS } from '../../shared/compare/measure.ts';
import { CONDITION_WORDS } from '../../shared/compare/condition.ts';
import { groupSummary } from '../../shared/compare/groups.ts';
import { comparisonOf } from './comparison.ts';
import type { ReportData } from './report-data.ts';

/** One row a run: every metric and cost at full precision. */
export function runsCsv(data: ReportData): string {
  const { groups } = comparisonOf(data);
  const measures = measuresOf(data);
  const head = ['run', 'name', 'variant', 'seed', 'state', 'data_fingerprint', 'program'];
  const rows = groups.flatMap(({ label, members }) =>
    members.map(({ run, condition }) => [
      ...[run.run.id, run.run.name, label, String(run.run.seed), CONDITION_WORDS[condition]],
      ...[run.run.dataFingerprint, run.run.codeVersion],
      ...measures.map((measure) => numberText(measure.read(run))),
    ]),
  );
  return csvText([[...head, ...measures.map(({ id }) => id)], ...rows]);
}

/** One row a variant: mean, deviation and n of each. */
export function tableCsv(data: ReportData): string {
  const { groups } = comparisonOf(data);
  const measures = measuresOf(data);
  const head = measures.flatMap(({ id }) => [`${id} mean`, `${id} deviation`, `${id} n`]);
  const rows = groups.map((group) => [
    group.label,
    ...measures.flatMap((measure) => {
      const summary = groupSummary(group, measure);
      return [
        numberText(summary?.mean ?? null),
        numberText(summary?.deviation ?? null),
        String(summary?.n ?? 0),
      ];
    }),
  ]);
  return csvText([['variant', ...head], ...rows]);
}

function measuresOf({ runs }: ReportData) {
  return [
    ...metricsOf(runs).flatMap((name) => VALUE_KINDS.map((kind) => metricMeasure(name, kind))),
    ...COSTS,
  ];
}

function numberText(value: number | null): string {
  return value === null ? '' : String(Number(value.toPrecision(9)));
}
