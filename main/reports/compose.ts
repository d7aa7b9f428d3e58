// From a document and the runs it names to pieces: headings, texts, tables, figures. Pure; every format
// is written from these, so that all say the same.
import { classTable } from '../../shared/compare/class-table.ts';
import {
  costFigure,
  depthFigure,
  looksByOrder,
  parallelFigure,
} from '../../shared/compare/comparison-figures.ts';
import { comparisonTable, spreadText } from '../../shared/compare/comparison-table.ts';
import { guessStudy } from '../../shared/compare/fairness.ts';
import { groupRuns, specOfGroup } from '../../shared/compare/groups.ts';
import { HEAT_QUANTITIES } from '../../shared/compare/heat-quantities.ts';
import {
  COSTS,
  findMeasure,
  isShare,
  metricMeasure,
  metricName,
} from '../../shared/compare/measure.ts';
import { differenceRows } from '../../shared/compare/spec-difference.ts';
import type { ReportBlock, ReportPiece, RunChange } from '../../shared/contract/app/reports.ts';
import { drawHeat } from '../../shared/figures/heat-figure.ts';
import { drawLines, type FigureCurve } from '../../shared/figures/line-figure.ts';
import { drawParallel } from '../../shared/figures/parallel-figure.ts';
import { drawScatter } from '../../shared/figures/scatter-figure.ts';
import { SPREAD_NAMES } from '../../shared/stats/summary.ts';
import { bandOf, type Line } from '../../shared/stats/band.ts';
import { linesJson } from './lines-json.ts';
import { markdownHtml } from './markdown-text.ts';
import type { ReportData } from './report-data.ts';
import { paragraph, sectionPieces, warning, type Comparison } from './sections.ts';

export interface ComposedBlock {
  readonly id: string;
  readonly pieces: ReportPiece[];
}

/** Enough for a chart of a page's width; every point is in the CSV. */
export const CURVE_POINTS = 1000;
/** How many points the mean of the last ones takes. */
export const LAST_POINTS = 5;
const HEAT_ROWS = 150;
const MOST_HEAT_MAPS = 9;

export function comparisonOf({ document, runs }: ReportData): Comparison {
  const groups = groupRuns(runs);
  const baseline = groups.find(({ key }) => key === document.baseline) ?? groups[0];
  return {
    groups,
    measure: findMeasure(document.measure) ?? metricMeasure('val/accuracy', 'best'),
    study: document.study === '' ? guessStudy(groups) : document.study,
    baselineKey: baseline?.key ?? '',
  };
}

export function compose(data: ReportData): ComposedBlock[] {
  const comparison = comparisonOf(data);
  return data.document.blocks.map((block) => ({
    id: block.id,
    pieces: piecesOf(block, data, comparison),
  }));
}

/** Which of the runs are not what they were when the report last took note of them. */
export function changesOf({ document, runs, missing }: ReportData): RunChange[] {
  const now = new Map(runs.map((run) => [run.run.id, run]));
  return document.runs.flatMap(({ id, mark }): RunChange[] => {
    const run = now.get(id);
    if (missing.includes(id) || !run) return [{ id, name: id, kind: 'missing' }];
    return run.mark === mark ? [] : [{ id, name: run.run.name, kind: 'changed' }];
  });
}

function piecesOf(block: ReportBlock, data: ReportData, comparison: Comparison): ReportPiece[] {
  const { groups, measure, baselineKey } = comparison;
  const { spread } = data.document;
  const lookOf = looksByOrder(groups);
  switch (block.kind) {
    case 'text':
      return [{ kind: 'markdown', markdown: block.markdown, html: markdownHtml(block.markdown) }];
    case 'auto':
      return sectionPieces(block.section, data, comparison);
    case 'table': {
      const measures = block.measures.flatMap((id) => findMeasure(id) ?? []);
      const rows = comparisonTable(groups, { measures, spread, baselineKey });
      return [
        {
          kind: 'table',
          caption: `Mean ± ${SPREAD_NAMES[spread]} over n finished runs. In brackets the difference to the baseline, ${groups.find(({ key }) => key === baselineKey)?.label ?? ''}.${measures.some(({ id }) => id.startsWith('last ')) ? ` Means of last points take ${LAST_POINTS}.` : ''}`,
          columns: [
            { title: 'Variant', isNumber: false },
            { title: 'n', isNumber: true },
            ...measures.map(({ title }) => ({ title, isNumber: true })),
          ],
          rows: rows.map(({ group, n, total, cells }) => [
            group.label,
            n === total ? String(n) : `${n} of ${total}`,
            ...cells.map(({ text, delta }) => (delta === '' ? text : `${text} (${delta})`)),
          ]),
        },
      ];
    }
    case 'curves':
      return curvePieces(block, data, comparison);
    case 'cost': {
      const cost = COSTS.find(({ id }) => id === block.cost);
      if (!cost) return [warning(`This version knows no cost "${block.cost}".`)];
      const figure = costFigure(groups, { cost, quality: measure, spread, lookOf });
      if (figure.points.length === 0) return [nothing(figure.label)];
      return [
        {
          kind: 'figure',
          title: figure.label,
          svg: drawScatter(figure),
          note: `Bars: ${SPREAD_NAMES[spread]}. Dashed: the Pareto front, nothing cheaper is as good.`,
        },
      ];
    }
    case 'depth': {
      const figure = depthFigure(groups, { spread, lookOf });
      if (figure.points.length === 0) return [nothing(figure.label)];
      return [
        {
          kind: 'figure',
          title: figure.label,
          svg: drawScatter(figure),
          note: `Bars: ${SPREAD_NAMES[spread]}.`,
        },
      ];
    }
    case 'settings': {
      const figure = parallelFigure(groups, { measure, lookOf });
      return [{ kind: 'figure', title: figure.label, svg: drawParallel(figure), note: '' }];
    }
    case 'heat':
      return heatPieces(block.series, data, comparison);
    case 'classes': {
      const rows = classTable(groups);
      if (rows.length === 0) return [nothing('Accuracy by class')];
      const accuracy = metricMeasure('val/accuracy', 'best');
      return [
        {
          kind: 'table',
          caption: 'Accuracy by class, best checkpoint, validation split.',
          columns: [
            { title: 'Class', isNumber: false },
            ...groups.map(({ label }) => ({ title: label, isNumber: true })),
          ],
          rows: rows.map(({ name, summaries }) => [
            name,
            ...summaries.map((summary) => (summary ? spreadText(summary, accuracy, spread) : '')),
          ]),
        },
      ];
    }
    case 'difference': {
      const specs = groups.map(({ members }) =>
        members[0] ? specOfGroup(members[0].run.spec) : {},
      );
      const rows = differenceRows(specs, { withEqual: false }).filter(
        ({ isHeading }) => !isHeading,
      );
      if (rows.length === 0) return [paragraph('The specs are equal.')];
      return [
        {
          kind: 'table',
          caption: 'Fields in which the specs differ.',
          columns: ['Field', ...groups.map(({ label }) => label)].map((title) => ({
            title,
            isNumber: false,
          })),
          rows: rows.map(({ path, values }) => [path, ...values]),
        },
      ];
    }
  }
}

function curvePieces(
  block: Extract<ReportBlock, { kind: 'curves' }>,
  data: ReportData,
  { groups }: Comparison,
): ReportPiece[] {
  const { metric, drawn, isLogY } = block;
  const { spread } = data.document;
  const lookOf = looksByOrder(groups);
  const factor = isShare(metric) ? 100 : 1;
  const isThinned = groups.some(({ members }) =>
    members.some(
      ({ run }) => (run.metrics.find(({ name }) => name === metric)?.points ?? 0) > CURVE_POINTS,
    ),
  );
  const curves = groups.flatMap((group): FigureCurve[] => {
    const members = group.members.flatMap(({ run }): Line[] => {
      const series = data.series(run.run.id, metric, CURVE_POINTS);
      if (!series || series.steps.length === 0) return [];
      return [
        { x: Float64Array.from(series.steps), y: series.values.map((value) => value * factor) },
      ];
    });
    const [only] = members;
    if (!only) return [];
    const named = { label: group.label, ...lookOf(group) };
    if (members.length === 1) return [{ ...named, line: only }];
    const band = bandOf(members, { spread, points: CURVE_POINTS });
    return [
      {
        ...named,
        line: { x: band.x, y: band.mean },
        ...(drawn === 'traces' ? {} : { band }),
        ...(drawn === 'band' ? {} : { members }),
      },
    ];
  });
  const title = metricName(metric).replace(/^./, (letter) => letter.toUpperCase());
  if (curves.length === 0) return [nothing(title)];
  const figure = {
    label: title,
    xTitle: 'Step',
    yTitle: metricMeasure(metric, 'final').axis,
    curves,
    isLogY,
    ...(isShare(metric) ? { yBounds: { low: 0, high: 100 } } : {}),
  };
  const { svg, plot } = drawLines(figure);
  const hasBand = curves.some(({ band }) => band !== undefined);
  const note = [
    hasBand ? `Line: mean, band: ${SPREAD_NAMES[spread]} over seeds.` : '',
    isThinned
      ? `Long curves hold the smallest and the largest value of up to ${CURVE_POINTS / 2} equal intervals; every point is in the CSV.`
      : '',
  ];
  const text = note.filter((sentence) => sentence !== '').join(' ');
  return [{ kind: 'figure', title, svg, note: text, lines: linesJson(figure, plot) }];
}

function heatPieces(name: string, data: ReportData, { groups }: Comparison): ReportPiece[] {
  const quantity = HEAT_QUANTITIES.find(({ series }) => series === name);
  const maps = groups.slice(0, MOST_HEAT_MAPS).flatMap((group) => {
    const first = group.members[0]?.run;
    const source = first && data.series(first.run.id, name, HEAT_ROWS);
    if (!first || !source) return [];
    return [{ label: `${group.label}, seed ${first.run.seed}`, source, units: source.labels }];
  });
  const title = `Blocks side by side: ${quantity?.title ?? name}`;
  if (maps.length === 0) return [nothing(title)];
  return [
    {
      kind: 'figure',
      title,
      svg: drawHeat({ label: title, quantity: quantity?.symbol ?? '', maps }),
      note: 'Columns are units in depth order, steps go upwards, one logarithmic colour scale for all.',
    },
  ];
}

function nothing(title: string): ReportPiece {
  return paragraph(`${title}: these runs have no such points.`);
}
