// The training loss of a study's runs by step, from their stored series. Pure.
import type { FigureSeries, FindingFigure } from '../../shared/contract/findings.ts';
import { pointOf } from './spread.ts';
import type { Found, PlannedRun, StudyPlan } from './study.ts';
import type { PartedSeries } from './training-parts.ts';

export const TRAINING_LOSS = 'train/loss';

export interface WatchedRun {
  readonly run: PlannedRun;
  readonly series: PartedSeries;
}

/** The finished runs that have the series. */
export function watchedRuns(plan: StudyPlan, found: Found, name: string): WatchedRun[] {
  return plan.runs.flatMap((run) => {
    const series = found.series(run.key, name);
    return series === undefined ? [] : [{ run, series }];
  });
}

/** A line for each label, a colour for each place; plain networks are dashed. */
export function lossFigure(plan: StudyPlan, found: Found): FindingFigure {
  const all = watchedRuns(plan, found, TRAINING_LOSS);
  const labels = [...new Set(all.map(({ run }) => run.label))];
  const depths = [...new Set(all.map(({ run }) => run.place))].sort((a, b) => a - b);
  return {
    kind: 'points',
    id: 'early',
    title: 'Training loss by step, mean over seeds',
    xTitle: 'Step',
    yTitle: 'Training loss in nats',
    isLogX: false,
    isLogY: false,
    series: labels.flatMap((label): FigureSeries[] => {
      const own = all.filter(({ run }) => run.label === label);
      const [first] = own;
      if (!first) return [];
      return [
        {
          label,
          colour: depths.indexOf(first.run.place),
          isDashed: label.startsWith('plain'),
          isJoined: true,
          points: first.series.steps.map((step, part) =>
            pointOf(
              step,
              own.flatMap(({ series }) => series.means[0]?.[part] ?? []),
            ),
          ),
        },
      ];
    }),
  };
}
