// A first report about some runs, for people to change: everything that the runs have something to say
// for. Pure.
import type { ComparedRun } from '../../shared/compare/compared-run.ts';
import { groupRuns, groupSummary, type RunGroup } from '../../shared/compare/groups.ts';
import { COSTS, metricsOf, usualMeasure, type Measure } from '../../shared/compare/measure.ts';
import type { ReportBlock, ReportDocument } from '../../shared/contract/app/reports.ts';

export interface DraftOptions {
  readonly measure?: string | undefined;
  readonly spread?: ReportDocument['spread'] | undefined;
  readonly study?: string | undefined;
  readonly baseline?: string | undefined;
  readonly isBySpec?: boolean | undefined;
  readonly lastK?: number | undefined;
  readonly title?: string | undefined;
}

/** `Omit` on a union would lose what tells its members apart. */
type WithoutId<B> = B extends unknown ? Omit<B, 'id'> : never;

export function draftReport(
  runs: readonly ComparedRun[],
  options: DraftOptions = {},
): ReportDocument {
  const { isBySpec = true, lastK = 5 } = options;
  const groups = groupRuns(runs, { bySpec: isBySpec });
  const labels = groups.map(({ label }) => label);
  const [data = ''] = new Set(runs.map(({ run }) => run.dataName));
  const title = options.title ?? titleOf(labels);
  return {
    format: 1,
    title: title.slice(0, 300),
    question:
      labels.length > 1
        ? `Which of ${labels.length} variants is best on ${data}, by how much, and how sure is that?`
        : `What did ${labels[0] ?? 'it'} learn on ${data}?`,
    runs: runs.map(({ run, mark }) => ({ id: run.id, mark })),
    measure: options.measure ?? usualMeasure(runs).id,
    spread: options.spread ?? 'sd',
    study: options.study ?? '',
    baseline: options.baseline ?? '',
    ...{ isBySpec, lastK, cited: [] },
    blocks: blocksFor(runs, groups).map((block, i) => ({ ...block, id: `b${i + 1}` })),
  };
}

/** What was asked and how sure the answer is come first, where the numbers come from last. */
function blocksFor(
  runs: readonly ComparedRun[],
  groups: readonly RunGroup[],
): WithoutId<ReportBlock>[] {
  const metrics = metricsOf(runs);
  const depths = new Set(runs.map(({ depth }) => depth));
  const curve = (metric: string): WithoutId<ReportBlock>[] =>
    metrics.includes(metric)
      ? [{ kind: 'curves', metric, drawn: 'band', isLogY: false, smoothing: smoothingOf(metric) }]
      : [];
  const isComparison = groups.length > 1;
  const cost = COSTS.find((measure) => TRADED.has(measure.id) && doesDiffer(groups, measure));
  return [
    { kind: 'auto', section: 'summary' },
    { kind: 'table', measures: tableMeasures(metrics) },
    ...curve(metrics.includes('val/accuracy') ? 'val/accuracy' : 'val/loss'),
    ...(isComparison ? [{ kind: 'auto', section: 'verdicts' } as const] : []),
    { kind: 'auto', section: 'caveats' },
    ...(cost ? [{ kind: 'cost', cost: cost.id } as const] : []),
    ...(depths.size > 1 ? [{ kind: 'depth' } as const] : []),
    ...(runs.some(({ perClass }) => perClass !== null) ? [{ kind: 'classes' } as const] : []),
    { kind: 'text', markdown: '## Diagnostics\n\nHow the gradient reaches each block.' },
    ...curve('train/loss'),
    { kind: 'heat', series: 'block/gradient-norm' },
    { kind: 'auto', section: 'variants' },
    ...(isComparison ? [{ kind: 'difference' } as const] : []),
    { kind: 'auto', section: 'data' },
    { kind: 'auto', section: 'recipe' },
    { kind: 'auto', section: 'runs' },
    { kind: 'auto', section: 'reproduce' },
  ];
}

function tableMeasures(metrics: readonly string[]): string[] {
  const losses = ['val/loss', 'val/reconstruction'].filter((name) => metrics.includes(name));
  return [
    ...(metrics.includes('val/accuracy')
      ? ['best val/accuracy', 'final val/accuracy']
      : losses.map((name) => `best ${name}`)),
    ...(metrics.includes('train/loss') ? ['last train/loss'] : []),
    ...['cost parameters', 'cost macs', 'cost time', 'cost memory'],
  ];
}

const MOST_NAMED = 4;

function titleOf(labels: readonly string[]): string {
  if (labels.length <= 2) return labels.join(' against ');
  const named = labels.slice(0, labels.length > MOST_NAMED ? MOST_NAMED : -1).join(', ');
  return `${named} and ${labels.length > MOST_NAMED ? 'others' : (labels.at(-1) ?? '')} compared`;
}

/** Costs that a better variant is paid with. Times hang on what else the machine did. */
const TRADED = new Set(['cost parameters', 'cost macs']);

/** By more than a fiftieth: a chart of equal costs shows nothing. */
function doesDiffer(groups: readonly RunGroup[], cost: Measure): boolean {
  const means = groups.flatMap((group) => groupSummary(group, cost)?.mean ?? []);
  return means.length > 1 && Math.max(...means) > Math.min(...means) * 1.02;
}

/** Evaluations are few and exact; batches are many and noisy. */
function smoothingOf(metric: string): Extract<ReportBlock, { kind: 'curves' }>['smoothing'] {
  return metric.startsWith('val/') ? { kind: 'none' } : { kind: 'ema', weight: 0.9 };
}
