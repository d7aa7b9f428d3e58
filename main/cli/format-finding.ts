// A finding in a terminal: its sentences, its tables, and each figure as a table of numbers. Pure.
import type { FindingFigure, Finding } from '../../shared/contract/findings.ts';
import { formatNorm, shownSpread } from '../../shared/format.ts';
import { formatTable } from './table.ts';

/** Wider matrices are left to the app and to `--json`. */
const SHOWN_COLUMNS = 12;

export function formatFinding({ sentences, figures, tables }: Finding): string {
  return [
    sentences.join('\n'),
    ...tables.map(({ title, columns, rows }) =>
      [
        title,
        formatTable(
          columns.map((column) => ({ title: column })),
          rows,
        ),
      ].join('\n'),
    ),
    ...figures.map(formatFigure),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function formatFigure(figure: FindingFigure): string {
  switch (figure.kind) {
    case 'points':
      return formatPoints(figure);
    case 'matrix':
      return formatMatrix(figure);
    case 'images':
      return `${figure.title}: pictures; --out DIR writes them.`;
  }
}

function formatPoints(figure: Extract<FindingFigure, { kind: 'points' }>): string {
  const places = [...new Set(figure.series.flatMap(({ points }) => points.map(({ x }) => x)))].sort(
    (a, b) => a - b,
  );
  const rows = places.map((x) => [
    String(Number(x.toPrecision(4))),
    ...figure.series.map(({ points }) =>
      points
        .filter((point) => point.x === x)
        .map(({ y, low, high }) =>
          typeof low === 'number' && typeof high === 'number' && y !== null
            ? `${formatNorm(y)} ± ${formatNorm(shownSpread(y, (high - low) / 2))}`
            : formatNorm(y ?? Number.NaN),
        )
        .slice(0, 3)
        .join(', '),
    ),
  ]);
  const columns = [
    { title: figure.xTitle, right: true },
    ...figure.series.map(({ label }) => ({ title: label, right: true })),
  ];
  return `${figure.title} (${figure.yTitle})\n${formatTable(columns, rows)}`;
}

function formatMatrix(figure: Extract<FindingFigure, { kind: 'matrix' }>): string {
  const { columns, rows, values, title, valueTitle } = figure;
  if (columns.length > SHOWN_COLUMNS) {
    return `${title}: ${rows.length} × ${columns.length} values of ${valueTitle}; --json lists them.`;
  }
  const lines = rows.map((row, i) => [
    row,
    ...columns.map((_, j) => formatNorm(values[i * columns.length + j] ?? Number.NaN)),
  ]);
  const heads = ['', ...columns].map((column) => ({ title: column, right: true }));
  return `${title} (${valueTitle})\n${formatTable(heads, lines)}`;
}
