// What studies that compare variants have in common: a table and a figure of errors. Pure.
import type { FindingFigure, FindingTable, FigureSeries } from '../../shared/contract/findings.ts';
import { formatCount } from '../../shared/format.ts';
import { errorFigure } from './points-figure.ts';
import { percentPoint, percentText } from './spread.ts';
import {
  outcomesByLabel,
  type Found,
  type PlannedRun,
  type RunOutcome,
  type StudyPlan,
} from './study.ts';

export type FinishedRun = PlannedRun & { readonly outcome: RunOutcome };

export const trainErrors = (runs: readonly FinishedRun[] | undefined): number[] =>
  (runs ?? []).map(({ outcome }) => outcome.trainError).filter(Number.isFinite);

export const testErrors = (runs: readonly FinishedRun[] | undefined): number[] =>
  (runs ?? []).map(({ outcome }) => outcome.testError).filter(Number.isFinite);

/** One row a label; `published` is the paper's test error in percent. */
export function errorTable(
  plan: StudyPlan,
  found: Found,
  published: ReadonlyMap<string, number> = new Map(),
): FindingTable {
  const byLabel = outcomesByLabel(plan, found);
  const labels = [...new Set(plan.runs.map(({ label }) => label))];
  const hasPublished = published.size > 0;
  return {
    title: 'Errors, mean ± standard deviation over seeds',
    columns: [
      'Network',
      'Parameters',
      'Training error',
      'Validation error',
      ...(hasPublished ? ['Paper, CIFAR-10 test'] : []),
    ],
    rows: labels.map((label) => {
      const runs = byLabel.get(label) ?? [];
      const paper = published.get(label);
      return [
        label,
        runs[0] ? formatCount(runs[0].outcome.parameters) : '',
        percentText(trainErrors(runs)),
        percentText(testErrors(runs)),
        ...(hasPublished ? [paper === undefined ? '' : `${paper} %`] : []),
      ];
    }),
  };
}

/** Errors of variants, numbered from 1 as in the table. */
export function variantFigure(plan: StudyPlan, found: Found): FindingFigure {
  const byLabel = outcomesByLabel(plan, found);
  const labels = [...new Set(plan.runs.map(({ label }) => label))];
  const series = (
    label: string,
    colour: number,
    errors: (runs: readonly FinishedRun[] | undefined) => number[],
  ): FigureSeries => ({
    label,
    colour,
    isDashed: colour === 1,
    isJoined: false,
    points: labels.flatMap((name, i) => {
      const values = errors(byLabel.get(name));
      return values.length === 0 ? [] : [percentPoint(i + 1 + 0.15 * colour, values, name)];
    }),
  });
  return errorFigure({
    id: 'variants',
    title: 'Error of each variant',
    xTitle: `Variant: ${labels.map((label, i) => `${i + 1} ${label}`).join(' · ')}`.slice(0, 110),
    series: [series('Validation', 0, testErrors), series('Training', 1, trainErrors)],
  });
}

/** Errors by place (depth, width …), a line for each kind of network. */
export function placeFigure(
  plan: StudyPlan,
  found: Found,
  given: {
    readonly id: string;
    readonly title: string;
    readonly xTitle: string;
    readonly kinds: readonly {
      readonly name: string;
      readonly isOf: (run: PlannedRun) => boolean;
    }[];
    readonly errors: (runs: readonly FinishedRun[] | undefined) => number[];
    readonly published?: readonly FigureSeries[];
    readonly isLogX?: boolean;
  },
): FindingFigure {
  const byLabel = outcomesByLabel(plan, found);
  return errorFigure({
    id: given.id,
    title: given.title,
    xTitle: given.xTitle,
    isLogX: given.isLogX ?? false,
    series: [
      ...given.kinds.map(({ name, isOf }, colour) => ({
        label: name,
        colour,
        isDashed: false,
        isJoined: true,
        points: [...byLabel.values()]
          .filter(([first]) => first !== undefined && isOf(first))
          .map((runs) => percentPoint(runs[0]?.place ?? 0, given.errors(runs), runs[0]?.label))
          .sort((a, b) => a.x - b.x),
      })),
      ...(given.published ?? []),
    ],
  });
}

export function publishedSeries(
  label: string,
  colour: number,
  points: readonly (readonly [number, number])[],
): FigureSeries {
  return {
    label,
    colour,
    isDashed: true,
    isJoined: true,
    points: points.map(([x, y]) => ({ x, y, note: 'published' })),
  };
}

export function finishedCount(found: Found): number {
  return found.runs.size;
}
