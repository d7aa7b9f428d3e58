// The comparison that a report, or one block of it, is about. Pure.
import { guessStudy, type Study } from '../../shared/compare/fairness.ts';
import { groupRuns, type RunGroup } from '../../shared/compare/groups.ts';
import { findMeasure, usualMeasure, type Measure } from '../../shared/compare/measure.ts';
import type { ComparisonScope } from '../../shared/contract/app/reports.ts';
import type { SpreadKind } from '../../shared/stats/summary.ts';
import type { ReportData } from './report-data.ts';

export interface Comparison {
  readonly groups: readonly RunGroup[];
  readonly measure: Measure;
  readonly spread: SpreadKind;
  readonly study: Study;
  readonly baselineKey: string;
  readonly lastK: number;
}

/** The report's own without a scope. */
export function comparisonOf(data: ReportData, scope?: ComparisonScope): Comparison {
  const { measure, spread, study, baseline, isBySpec, lastK } = scope ?? data.document;
  const runs = scope ? data.compared(scope.runs, lastK) : data.runs;
  const groups = groupRuns(runs, { bySpec: isBySpec });
  return {
    groups,
    measure: findMeasure(measure) ?? usualMeasure(runs),
    spread,
    study: study === '' ? guessStudy(groups) : study,
    baselineKey: (groups.find(({ key }) => key === baseline) ?? groups[0])?.key ?? '',
    lastK,
  };
}
