// What studies and probes found, as a report writes it.
import { expect, test } from 'vitest';
import { StudySummary } from '../../shared/contract/findings.ts';
import type { ReportBlock } from '../../shared/contract/app/reports.ts';
import { findingPieces } from './finding-pieces.ts';

const { verdict, ...finding } = StudySummary.parse({
  verdict: { outcome: 'not-reproduced', rule: 'the rule', seen: 'what was seen', n: 4 },
  sentences: ['A sentence.'],
  figures: ['one', 'two'].map((id) => ({
    ...{ kind: 'points', id, title: `Figure ${id}`, xTitle: 'x', yTitle: 'y' },
    series: [{ label: '<b>', colour: 0, points: [{ x: 1, y: 2, low: 1, high: 3 }] }],
  })),
  tables: [{ title: 'A table', columns: ['Network', 'Error'], rows: [['plain', '3 %']] }],
});
const section = { title: 'A question?', source: 'A paper', claim: 'A claim', verdict, finding };
const block: Extract<ReportBlock, { kind: 'finding' }> = {
  ...{ id: 'a', kind: 'finding', label: 'A study', runs: [] },
  of: { kind: 'study', study: 's-1' },
};

test('a study is a section with claim, verdict, rule, figures and tables', () => {
  const pieces = findingPieces(block, { finding: () => section });
  expect(pieces.map(({ kind }) => kind)).toEqual([
    ...['heading', 'paragraph', 'paragraph', 'paragraph', 'paragraph'],
    ...['figure', 'figure', 'table'],
  ]);
  expect(JSON.stringify(pieces)).toContain('n = 4');
  // Names from a user never become elements.
  expect(JSON.stringify(pieces)).not.toContain('<b>');
});

test('one figure of it stands alone, and what is gone is said', () => {
  const figure = { ...block, figure: 'two' };
  const [one, ...others] = findingPieces(figure, { finding: () => section });
  expect(one).toMatchObject({ kind: 'figure', title: 'Figure two' });
  expect(others).toEqual([]);
  const gone = findingPieces(block, { finding: () => undefined });
  expect(gone).toMatchObject([{ kind: 'paragraph', isWarning: true }]);
});
