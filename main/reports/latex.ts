// The tables of a report as LaTeX with booktabs, mean ± deviation as math. Pure. No character of a name
// keeps a meaning for TeX.
import type { ReportPiece } from '../../shared/contract/app/reports.ts';
import type { ComposedBlock } from './compose.ts';
import { factsOf } from './facts.ts';
import type { ReportData } from './report-data.ts';

type TablePiece = Extract<ReportPiece, { kind: 'table' }>;

/** A document that compiles by itself; the tables can be taken out of it. */
export function reportLatex(data: ReportData, blocks: readonly ComposedBlock[]): string {
  const tables = blocks.flatMap(({ pieces }) => pieces.filter((piece) => piece.kind === 'table'));
  return [
    '% Names with letters beyond Latin need lualatex or xelatex.',
    '\\documentclass{article}',
    '\\usepackage[utf8]{inputenc}',
    '\\usepackage[T1]{fontenc}',
    '\\usepackage{booktabs,graphicx,textcomp}',
    '\\usepackage[a4paper,margin=2cm]{geometry}',
    '\\begin{document}',
    `\\section*{${escapeLatex(data.document.title)}}`,
    escapeLatex(factsOf(data).join(', ')),
    ...tables.map(tableLatex),
    '\\end{document}',
    '',
  ].join('\n');
}

export function tableLatex({ columns, rows, caption, best = [] }: TablePiece): string {
  const line = (cells: readonly string[], bestAt: ReadonlySet<number> = new Set()): string =>
    `    ${cells.map((cell, at) => (bestAt.has(at) ? `\\textbf{\\boldmath ${cellLatex(cell)}}` : cellLatex(cell))).join(' & ')} \\\\`;
  return [
    '',
    '\\begin{table}[ht]',
    '  \\centering',
    caption === '' ? '' : `  \\caption{${escapeLatex(caption)}}`,
    '  \\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%',
    `  \\begin{tabular}{@{}${columns.map(({ isNumber }) => (isNumber ? 'r' : 'l')).join('')}@{}}`,
    '    \\toprule',
    line(columns.map(({ title }) => title)),
    '    \\midrule',
    ...rows.map((row, i) => line(row, new Set(best.flatMap(([y, x]) => (y === i ? [x] : []))))),
    '    \\bottomrule',
    '  \\end{tabular}}',
    '\\end{table}',
  ]
    .filter((text, i) => i === 0 || text !== '')
    .join('\n');
}

/** `91.3 ± 0.4 %` becomes `$91.3 \pm 0.4$ \%`. */
function cellLatex(text: string): string {
  const [, mean, half, rest] = /^([\d.e+-]+) ± ([\d.e+-]+)(.*)$/s.exec(text) ?? [];
  if (mean === undefined || half === undefined) return escapeLatex(text);
  return `$${mean} \\pm ${half}$${escapeLatex(rest ?? '')}`;
}

const special: Readonly<Record<string, string>> = {
  ...{ '\\': '\\textbackslash{}', '{': '\\{', '}': '\\}', $: '\\$', '&': '\\&', '#': '\\#' },
  ...{ '^': '\\textasciicircum{}', _: '\\_', '~': '\\textasciitilde{}', '%': '\\%' },
  ...{ '<': '\\textless{}', '>': '\\textgreater{}', '|': '\\textbar{}', '"': '\\textquotedbl{}' },
  ...{ '±': '\\ensuremath{\\pm}', '−': '\\ensuremath{-}', '×': '\\ensuremath{\\times}' },
  ...{ '–': '--', '…': '\\ldots{}', '·': '\\ensuremath{\\cdot}', '²': '\\ensuremath{^2}' },
  ...{ '‖': '\\ensuremath{\\|}', σ: '\\ensuremath{\\sigma}', Δ: '\\ensuremath{\\Delta}' },
  // Two of these are a dash or a ligature, and `[` after `\\` would be an option.
  ...{ '-': '{-}', '`': '{`}', "'": "{'}", '[': '{[}', ']': '{]}', '*': '{*}' },
};

export function escapeLatex(text: string): string {
  return Array.from(text.replace(/\s+/g, ' '))
    .map((letter) => special[letter] ?? (letter < ' ' || letter === '\u007f' ? '' : letter))
    .join('');
}
