// What a study or a measurement of a run found, as a section of a report. Pure.
import type { Outcome } from '../../shared/contract/findings.ts';
import type { ReportBlock } from '../../shared/contract/app/reports.ts';
import { drawFinding } from '../../shared/figures/finding-figure.ts';
import type { ReportData } from './report-data.ts';
import { paragraph, warning, type DraftPiece } from './draft-pieces.ts';

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  reproduced: 'Reproduced',
  'not-reproduced': 'Not reproduced',
  inconclusive: 'Inconclusive',
};

export function findingPieces(
  block: Extract<ReportBlock, { kind: 'finding' }>,
  data: Pick<ReportData, 'finding'>,
): DraftPiece[] {
  const section = data.finding(block);
  if (section === undefined) {
    return [warning(`${block.label}: this library no longer has what was found.`)];
  }
  const { title, source, claim, verdict, finding } = section;
  const figures = finding.figures
    .filter(({ id }) => block.figure === undefined || block.figure === id)
    .map((figure): DraftPiece => ({
      kind: 'figure',
      title: figure.title,
      svg: drawFinding(figure),
      note: source,
    }));
  if (block.figure !== undefined) {
    return figures.length > 0 ? figures : [warning(`${block.label}: it has no such figure now.`)];
  }
  return [
    { kind: 'heading', text: title },
    ...(claim === undefined ? [] : [paragraph(`Claim: ${claim}`)]),
    ...(verdict === undefined
      ? []
      : [
          paragraph(`${OUTCOMES[verdict.outcome]} (n = ${verdict.n}). ${verdict.seen}`),
          paragraph(`Rule: ${verdict.rule}`),
        ]),
    ...finding.sentences.map(paragraph),
    ...figures,
    ...finding.tables.map(({ title: caption, columns, rows }): DraftPiece => ({
      kind: 'table',
      caption,
      columns: columns.map((name, i) => ({ title: name, isNumber: i > 0 })),
      rows,
    })),
  ];
}
