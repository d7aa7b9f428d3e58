// Blocks of a report about all variants of a comparison: tables of them, and one figure for all. Pure.
import { classTable } from '../../shared/compare/class-table.ts';
import {
  costFigure,
  depthFigure,
  parallelFigure,
} from '../../shared/compare/comparison-figures.ts';
import { comparisonTable, spreadText } from '../../shared/compare/comparison-table.ts';
import { specOfGroup } from '../../shared/compare/groups.ts';
import { COSTS, findMeasure, metricMeasure, type Measure } from '../../shared/compare/measure.ts';
import { looksOf } from '../../shared/compare/run-looks.ts';
import { differenceRows } from '../../shared/compare/spec-difference.ts';
import type { ReportBlock } from '../../shared/contract/app/reports.ts';
import { drawParallel } from '../../shared/figures/parallel-figure.ts';
import { drawScatter, frontNote, type ScatterFigure } from '../../shared/figures/scatter-figure.ts';
import { SPREAD_NAMES } from '../../shared/stats/summary.ts';
import type { Comparison } from './comparison.ts';
import type { ReportData } from './report-data.ts';
import { noPoints, paragraph, sentences, warning, type DraftPiece } from './draft-pieces.ts';

type BlockOf<K extends ReportBlock['kind']> = Extract<ReportBlock, { kind: K }>;

export function tablePieces(block: BlockOf<'table'>, comparison: Comparison): DraftPiece[] {
  const { groups, baselineKey, spread } = comparison;
  const measures = block.measures.flatMap((id) => findMeasure(id) ?? []);
  const rows = comparisonTable(groups, { measures, spread, baselineKey });
  return [
    {
      kind: 'table',
      caption: tableCaption(comparison, measures),
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
      best: rows.flatMap(({ cells }, row) =>
        cells.flatMap(({ isBest }, at): [number, number][] => (isBest ? [[row, at + 2]] : [])),
      ),
    },
  ];
}

function tableCaption(
  { groups, baselineKey, spread, lastK }: Comparison,
  measures: readonly Measure[],
): string {
  const baseline = groups.find(({ key }) => key === baselineKey)?.label;
  return sentences(
    `Mean ± ${SPREAD_NAMES[spread]} over n finished runs.`,
    groups.length > 1 &&
      baseline !== undefined &&
      `Signed numbers are differences to the baseline, ${baseline}.`,
    measures.some(({ id }) => id.startsWith('last ')) && `Means of last points take ${lastK}.`,
  );
}

export function costPieces(
  block: BlockOf<'cost'>,
  { colours }: ReportData,
  { groups, measure, spread }: Comparison,
): DraftPiece[] {
  const cost = COSTS.find(({ id }) => id === block.cost);
  if (!cost) return [warning(`This version knows no cost "${block.cost}".`)];
  const lookOf = looksOf(groups, colours);
  const figure = costFigure(groups, { cost, quality: measure, spread, lookOf });
  return scatterPieces(figure, `Bars: ${SPREAD_NAMES[spread]}. ${frontNote(figure)}`.trimEnd());
}

export function depthPieces({ colours }: ReportData, { groups, spread }: Comparison): DraftPiece[] {
  const figure = depthFigure(groups, { spread, lookOf: looksOf(groups, colours) });
  return scatterPieces(figure, `Bars: ${SPREAD_NAMES[spread]}.`);
}

function scatterPieces(figure: ScatterFigure, note: string): DraftPiece[] {
  if (figure.points.length === 0) return [noPoints(figure.label)];
  return [{ kind: 'figure', title: figure.label, svg: drawScatter(figure), note }];
}

export function settingsPieces(
  { colours }: ReportData,
  { groups, measure }: Comparison,
): DraftPiece[] {
  const figure = parallelFigure(groups, { measure, lookOf: looksOf(groups, colours) });
  return [{ kind: 'figure', title: figure.label, svg: drawParallel(figure), note: '' }];
}

export function classPieces({ groups, spread }: Comparison): DraftPiece[] {
  const rows = classTable(groups);
  if (rows.length === 0) return [noPoints('Accuracy by class')];
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

export function differencePieces({ groups }: Comparison): DraftPiece[] {
  const specs = groups.map(({ members }) => (members[0] ? specOfGroup(members[0].run.spec) : {}));
  const rows = differenceRows(specs, { withEqual: false }).filter(({ isHeading }) => !isHeading);
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
