// A comparison of runs and a report in words and numbers, for readers that draw nothing. Queries only.
import { concernsOf } from '../../shared/compare/fairness.ts';
import { countedValues, groupSummary } from '../../shared/compare/groups.ts';
import { verdictsOf } from '../../shared/compare/verdict.ts';
import { ReportDocument } from '../../shared/contract/app/reports.ts';
import { inputError } from '../../shared/errors.ts';
import { comparisonOf } from '../reports/comparison.ts';
import { compose } from '../reports/compose.ts';
import { reportMarkdown } from '../reports/markdown.ts';
import { compareRuns } from './compared-runs.ts';
import { draftReport } from './draft-report.ts';
import type { HostParts } from './host-parts.ts';
import { gatherReport } from './report-data.ts';

type Parts = Pick<HostParts, 'library' | 'codeVersion'>;

export interface ComparisonSummary {
  readonly measure: string;
  /** What the comparison is about: a part of the spec. */
  readonly study: string;
  readonly groups: readonly {
    readonly label: string;
    readonly runs: readonly {
      readonly id: string;
      readonly seed: number;
      readonly condition: string;
    }[];
    /** Of one value a seed that went to its end; null where there is none. */
    readonly mean: number | null;
    readonly standardDeviation: number | null;
    readonly n: number;
  }[];
  readonly verdicts: readonly string[];
  /** What else differs; an unfair one makes the verdict worthless. */
  readonly concerns: readonly { readonly isUnfair: boolean; readonly sentence: string }[];
  /** Runs that can't be compared. */
  readonly missing: readonly string[];
}

/** @throws inputError `no-comparable-runs` */
export function summarizeComparison(
  { library, codeVersion }: Parts,
  references: readonly string[],
  options: { readonly measure?: string | undefined; readonly study?: string | undefined },
): ComparisonSummary {
  const ids = references.map((reference) => library.runs.get(reference).id);
  const { runs, missing } = compareRuns(library, ids, { lastK: 5 });
  if (runs.length === 0) {
    throw inputError('no-comparable-runs', 'None of these runs can be compared; choose others.');
  }
  const data = gatherReport(library, draftReport(runs, options), codeVersion);
  const { groups, baselineKey, measure, study } = comparisonOf(data);
  return {
    ...{ measure: measure.id, study, missing },
    groups: groups.map((group) => {
      const summary = groupSummary(group, measure);
      return {
        label: group.label,
        runs: group.members.map(({ run, condition }) => ({
          ...{ id: run.run.id, seed: run.run.seed, condition },
        })),
        mean: summary?.mean ?? null,
        standardDeviation: summary?.deviation ?? null,
        n: countedValues(group, measure).length,
      };
    }),
    verdicts: verdictsOf(groups, baselineKey, { measure, study }).map(({ sentence }) => sentence),
    concerns: concernsOf(groups, study).map(({ isUnfair, sentence }) => ({ isUnfair, sentence })),
  };
}

/** Its text as Markdown; pictures are named, not shown. */
export function reportText({ library, codeVersion }: Parts, id: string): string {
  const document = ReportDocument.parse(library.reports.get(id).document);
  const data = gatherReport(library, document, codeVersion);
  return reportMarkdown(data, compose(data))[0]?.text ?? '';
}
