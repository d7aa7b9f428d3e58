// From a document and the runs it names to pieces: headings, texts, tables, figures. Pure; every format
// is written from these, so that all say the same.
import type { ReportBlock, ReportPiece, RunChange } from '../../shared/contract/app/reports.ts';
import {
  calibrationPieces,
  confusionPieces,
  heatPieces,
  networkPieces,
  responsePieces,
} from './block-pieces.ts';
import { markedRuns } from './cited-runs.ts';
import { comparisonOf, type Comparison } from './comparison.ts';
import {
  classPieces,
  costPieces,
  depthPieces,
  differencePieces,
  settingsPieces,
  tablePieces,
} from './comparison-pieces.ts';
import { findingPieces } from './finding-pieces.ts';
import { curvePieces, linesPieces } from './line-pieces.ts';
import { markdownHtml } from './markdown-text.ts';
import { allRuns, type ReportData } from './report-data.ts';
import type { DraftPiece } from './draft-pieces.ts';
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
  switch (block.kind) {
    case 'text':
      return [{ kind: 'markdown', markdown: block.markdown, html: markdownHtml(block.markdown) }];
    case 'auto':
      return sectionPieces(block.section, data, comparison);
    case 'table':
      return tablePieces(block, comparison);
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
    case 'cost':
      return costPieces(block, data, comparison);
    case 'depth':
      return depthPieces(data, comparison);
    case 'settings':
      return settingsPieces(data, comparison);
    case 'heat':
      return heatPieces(block, data, comparison);
    case 'classes':
      return classPieces(comparison);
    case 'difference':
      return differencePieces(comparison);
  }
}
