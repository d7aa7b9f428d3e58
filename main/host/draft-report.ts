// A first report about some runs, for people to change: everything that the runs have something to say
// for. Pure.
import type { ComparedRun } from '../../shared/compare/compared-run.ts';
import { groupRuns } from '../../shared/compare/groups.ts';
import { metricsOf } from '../../shared/compare/measure.ts';
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
  const metrics = metricsOf(runs);
  const has = (name: string): boolean => metrics.includes(name);
  const depths = new Set(runs.map(({ depth }) => depth));
  const curve = (metric: string): WithoutId<ReportBlock>[] =>
    has(metric) ? [{ kind: 'curves', metric, drawn: 'both', isLogY: false }] : [];
  const isComparison = groups.length > 1;
  const parts: WithoutId<ReportBlock>[] = [
    { kind: 'auto', section: 'verdicts' },
    {
      kind: 'table',
      measures: [
        ...(has('val/accuracy') ? ['best val/accuracy', 'final val/accuracy'] : []),
        ...(has('train/loss') ? ['last train/loss'] : []),
        ...['cost parameters', 'cost macs', 'cost time', 'cost memory'],
      ],
    },
    ...curve('val/accuracy'),
    ...curve('train/loss'),
    ...(isComparison ? [{ kind: 'cost', cost: 'cost parameters' } as const] : []),
    ...(depths.size > 1 ? [{ kind: 'depth' } as const] : []),
    ...(runs.some(({ perClass }) => perClass !== null) ? [{ kind: 'classes' } as const] : []),
    { kind: 'text', markdown: '## Diagnostics\n\nHow the gradient reaches each block.' },
    { kind: 'heat', series: 'block/gradient-norm' },
    { kind: 'auto', section: 'caveats' },
    { kind: 'auto', section: 'runs' },
    { kind: 'auto', section: 'data' },
    { kind: 'auto', section: 'variants' },
    ...(isComparison ? [{ kind: 'difference' } as const] : []),
    { kind: 'auto', section: 'recipe' },
    { kind: 'auto', section: 'reproduce' },
  ];
  const [data = ''] = new Set(runs.map(({ run }) => run.dataName));
  const title =
    options.title ??
    (isComparison ? labels.slice(0, 4).join(' against ') : (labels[0] ?? 'Report'));
  return {
    format: 1,
    title: title.slice(0, 300),
    question: isComparison
      ? `Which of ${labels.length} variants is best on ${data}, by how much, and how sure is that?`
      : `What did ${labels[0] ?? 'it'} learn on ${data}?`,
    runs: runs.map(({ run, mark }) => ({ id: run.id, mark })),
    measure: options.measure ?? 'best val/accuracy',
    spread: options.spread ?? 'sd',
    study: options.study ?? '',
    baseline: options.baseline ?? '',
    ...{ isBySpec, lastK, cited: [] },
    blocks: parts.map((part, i) => ({ ...part, id: `b${i + 1}` })),
  };
}
