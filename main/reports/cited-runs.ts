// Which runs a report is about: those of its comparison, and those that only single blocks show. Pure.
import type { ReportBlock, ReportDocument } from '../../shared/contract/app/reports.ts';

export function runsOfBlock(block: ReportBlock): string[] {
  switch (block.kind) {
    case 'lines':
      return [...new Set(block.curves.flatMap(({ runs, besides }) => [...runs, ...besides]))];
    case 'heat':
      return (block.maps ?? []).map(({ run }) => run);
    case 'responses':
      return block.runs.map(({ run }) => run);
    case 'finding':
      return [...block.runs];
    case 'confusion':
    case 'network':
    case 'calibration':
      return [block.run];
    case 'text':
    case 'curves':
      return [];
    case 'auto':
    case 'table':
    case 'cost':
    case 'depth':
    case 'settings':
    case 'classes':
    case 'difference':
      return block.scope?.runs ?? [];
  }
}

/** Those of blocks that the report's own comparison does not have. */
export function otherRuns({ runs, blocks }: Pick<ReportDocument, 'runs' | 'blocks'>): string[] {
  const own = new Set(runs.map(({ id }) => id));
  return [...new Set(blocks.flatMap(runsOfBlock))].filter((id) => !own.has(id));
}

export function markedRuns({ runs, cited }: ReportDocument): ReportDocument['runs'] {
  return [...runs, ...cited];
}
