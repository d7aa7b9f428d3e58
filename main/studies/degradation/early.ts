// How fast plain and residual networks learn at first (He et al. 2015, section 4.1: residual networks of 18
// layers converge faster early), and whether the gradients of the deepest live. Pure.
import type { FindingFigure } from '../../../shared/contract/findings.ts';
import { formatNorm } from '../../../shared/format.ts';
import { summarize } from '../../../shared/stats/summary.ts';
import { TRAINING_LOSS, watchedRuns, type WatchedRun } from '../loss-figure.ts';
import type { Found, StudyPlan } from '../study.ts';
import { meanOfShare } from '../training-parts.ts';

const GRADIENT = 'block/input-gradient-norm';
/** The first part of a training. */
const EARLY = [0, 0.25] as const;
const LATE = [0.75, 1] as const;

/** Mean loss over the first quarter, residual against plain, at each depth that has both. */
export function earlySentence(plan: StudyPlan, found: Found): string[] {
  const all = watchedRuns(plan, found, TRAINING_LOSS);
  const depths = [...new Set(all.map(({ run }) => run.place))].sort((a, b) => a - b);
  const parts = depths.flatMap((depth) => {
    const text = (label: string): string | undefined => {
      const values = all
        .filter(({ run }) => run.label === label)
        .flatMap(({ series }) => meanOfShare(series.means[0], EARLY) ?? []);
      const spread = summarize(values);
      if (spread === undefined) return undefined;
      const deviation = spread.deviation === null ? '' : ` ± ${spread.deviation.toFixed(2)}`;
      return `${spread.mean.toFixed(2)}${deviation} (n = ${spread.n})`;
    };
    const [residual, plain] = [text(`residual-${depth}`), text(`plain-${depth}`)];
    return residual === undefined || plain === undefined
      ? []
      : [`${depth} layers: residual ${residual}, plain ${plain}`];
  });
  if (parts.length === 0) return [];
  return [
    `Speed early on, as the mean training loss in nats over the first quarter of the steps: ${parts.join('; ')}.`,
  ];
}

/** Gradient norms at each block's input over training: the deepest plain and residual run of the first seed. */
export function gradientFigures(plan: StudyPlan, found: Found, depth: number): FindingFigure[] {
  const shown = deepest(plan, found, depth);
  const values = shown.flatMap(({ series }) => series.means.flat()).filter(isPositive);
  if (values.length === 0) return [];
  const scale: [number, number] = [Math.min(...values), Math.max(...values)];
  return shown.map(({ run, series }) => ({
    kind: 'matrix' as const,
    view: 'map' as const,
    id: `gradients of ${run.label}`,
    title: `Gradient at each block's input, ${run.key}`,
    xTitle: 'Step',
    yTitle: 'Block',
    valueTitle: '‖dL/dx‖',
    isLog: true,
    hasContours: false,
    columns: series.steps.map((step) => String(Math.round(step))),
    rows: [...series.labels],
    scale,
    values: series.means.flat(),
  }));
}

export function gradientSentence(plan: StudyPlan, found: Found, depth: number): string[] {
  const parts = deepest(plan, found, depth).flatMap(({ run, series }) => {
    const first = meanOfShare(series.means[0], LATE);
    const last = meanOfShare(series.means.at(-1), LATE);
    if (first === undefined || last === undefined) return [];
    return [
      `${run.key}: ${formatNorm(first)} at ${series.labels[0] ?? 'the start'}, ${formatNorm(last)} at ${series.labels.at(-1) ?? 'the end'}, ratio ${(first / last).toPrecision(2)}`,
    ];
  });
  if (parts.length === 0) return [];
  return [
    `Mean gradient norm at the input over the last quarter of training: ${parts.join('; ')}. A vanishing gradient would be smaller at the start of the network by orders of magnitude.`,
  ];
}

function deepest(plan: StudyPlan, found: Found, depth: number): WatchedRun[] {
  const all = watchedRuns(plan, found, GRADIENT).filter(({ run }) => run.place === depth);
  return ['residual', 'plain'].flatMap(
    (kind) => all.find(({ run }) => run.label === `${kind}-${depth}`) ?? [],
  );
}

function isPositive(value: number | null): value is number {
  return value !== null && value > 0;
}
