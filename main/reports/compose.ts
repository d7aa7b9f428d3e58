// From a document and the runs it names to pieces: headings, texts, tables, figures. Pure; every format
// is written from these, so that all say the same.
import { classTable } from '../../shared/compare/class-table.ts';
import {
  costFigure,
  depthFigure,
  parallelFigure,
} from '../../shared/compare/comparison-figures.ts';
import { comparisonTable, spreadText } from '../../shared/compare/comparison-table.ts';
import { specOfGroup } from '../../shared/compare/groups.ts';
import { looksOf } from '../../shared/compare/run-looks.ts';
import { COSTS, findMeasure, metricMeasure } from '../../shared/compare/measure.ts';
import { differenceRows } from '../../shared/compare/spec-difference.ts';
import type { ReportBlock, ReportPiece, RunChange } from '../../shared/contract/app/reports.ts';
import { drawParallel } from '../../shared/figures/parallel-figure.ts';
import { drawScatter, frontNote } from '../../shared/figures/scatter-figure.ts';
import { SPREAD_NAMES } from '../../shared/stats/summary.ts';
import {
  calibrationPieces,
  confusionPieces,
  heatPieces,
  networkPieces,
  responsePieces,
} from './block-pieces.ts';
import { markedRuns } from './cited-runs.ts';
import { comparisonOf, type Comparison } from './comparison.ts';
import { findingPieces } from './finding-pieces.ts';
import { curvePieces, linesPieces } from './line-pieces.ts';
import { markdownHtml } from './markdown-text.ts';
import { allRuns, type ReportData } from './report-data.ts';
import { nothing, paragraph, sentences, warning, type DraftPiece } from './said.ts';
import { sectionPieces } from './sections.ts';

export interface ComposedBlock {
  readonly id: string;
  readonly pieces: ReportPiece[];
}

export function compose(data: ReportData): ComposedBlock[] {
  const own = comparisonOf(data);
  const counts = { table: 0, figure: 0 };
  return data.document.blocks.map((block) => {
    const scope = 'scope' in block ? block.scope : undefined;
    const comparison = scope ? comparisonOf(data, scope) : own;
    const pieces = piecesOf(block, data, comparison).map((piece): ReportPiece =>
      piece.kind === 'table' || piece.kind === 'figure'
        ? { ...piece, number: ++counts[piece.kind] }
        : piece,
    );
    return { id: block.id, pieces };
  });
}

/** Which of the runs are not what they were when the report last took note of them. */
export function changesOf(data: ReportData): RunChange[] {
  const now = new Map(allRuns(data).map((run) => [run.run.id, run]));
  return markedRuns(data.document).flatMap(({ id, mark }): RunChange[] => {
    const run = now.get(id);
    if (data.missing.includes(id) || !run) return [{ id, name: id, kind: 'missing' }];
    return run.mark === mark ? [] : [{ id, name: run.run.name, kind: 'changed' }];
  });
}

function piecesOf(block: ReportBlock, data: ReportData, comparison: Comparison): DraftPiece[] {
  const { groups, measure, baselineKey, spread, lastK } = comparison;
  const lookOf = looksOf(groups, data.colours);
  switch (block.kind) {
    case 'text':
      return [{ kind: 'markdown', markdown: block.markdown, html: markdownHtml(block.markdown) }];
    case 'auto':
      return sectionPieces(block.section, data, comparison);
    case 'table': {
      const measures = block.measures.flatMap((id) => findMeasure(id) ?? []);
      const rows = comparisonTable(groups, { measures, spread, baselineKey });
      const baseline = groups.find(({ key }) => key === baselineKey)?.label;
      return [
        {
          kind: 'table',
          caption: sentences(
            `Mean ± ${SPREAD_NAMES[spread]} over n finished runs.`,
            groups.length > 1 &&
              baseline !== undefined &&
              `Signed numbers are differences to the baseline, ${baseline}.`,
            measures.some(({ id }) => id.startsWith('last ')) &&
              `Means of last points take ${lastK}.`,
          ),
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
    case 'curves':
      return curvePieces(block, data, comparison);
    case 'lines':
      return linesPieces(block, data);
    case 'responses':
      return responsePieces(block, data);
    case 'finding':
      return findingPieces(block, data);
    case 'confusion':
      return confusionPieces(block, data);
    case 'calibration':
      return calibrationPieces(block, data);
    case 'network':
      return networkPieces(block, data);
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
          note: `Bars: ${SPREAD_NAMES[spread]}. ${frontNote(figure)}`.trimEnd(),
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
      return heatPieces(block, data, comparison);
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
