// A report as Markdown with its pictures as SVG files beside it. Pure.
import type { ReportPiece } from '../../shared/contract/app/reports.ts';
import { standaloneSvg } from '../../shared/figures/standalone.ts';
import { changesOf, type ComposedBlock } from './compose.ts';
import { changeSentence, factsOf } from './facts.ts';
import { literalMarkdown, safeMarkdown } from './markdown-text.ts';
import type { ReportData } from './report-data.ts';

export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** `report.md` first, then `images/…svg`. */
export function reportMarkdown(data: ReportData, blocks: readonly ComposedBlock[]): TextFile[] {
  const { document } = data;
  const images: TextFile[] = [];
  const addImage = (piece: Extract<ReportPiece, { kind: 'figure' }>): string => {
    const stem = piece.title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '');
    const name = `images/${images.length + 1}-${stem.slice(0, 50)}.svg`;
    images.push({ name, text: standaloneSvg(piece.svg) });
    return name;
  };
  const changes = changesOf(data);
  const parts = [
    `# ${literalMarkdown(document.title)}`,
    literalMarkdown(document.question),
    `*${literalMarkdown(factsOf(data).join(' · '))}*`,
    changes.length === 0 ? '' : `> ${literalMarkdown(changeSentence(changes))}`,
    ...blocks.flatMap(({ pieces }) => pieces.map((piece) => pieceMarkdown(piece, addImage))),
  ];
  const text = `${parts.filter((part) => part !== '').join('\n\n')}\n`;
  return [{ name: 'report.md', text }, ...images];
}

function pieceMarkdown(
  piece: ReportPiece,
  addImage: (piece: Extract<ReportPiece, { kind: 'figure' }>) => string,
): string {
  switch (piece.kind) {
    case 'heading':
      return `## ${literalMarkdown(piece.text)}`;
    case 'markdown':
      return safeMarkdown(piece.markdown);
    case 'paragraph':
      return `${piece.isWarning ? '> ' : ''}${literalMarkdown(piece.text)}`;
    case 'list':
      return piece.items.map((item) => `- ${literalMarkdown(item)}`).join('\n');
    case 'table': {
      const cells = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
      return [
        cells(piece.columns.map(({ title }) => literalMarkdown(title))),
        `| ${piece.columns.map(({ isNumber }) => (isNumber ? '---:' : '---')).join(' | ')} |`,
        ...piece.rows.map((row, i) =>
          cells(
            row.map((cell, at) =>
              piece.best?.some(([y, x]) => y === i && x === at) === true
                ? `**${literalMarkdown(cell)}**`
                : literalMarkdown(cell),
            ),
          ),
        ),
        '',
        `*Table ${piece.number}. ${literalMarkdown(piece.caption)}*`,
      ].join('\n');
    }
    case 'figure': {
      const image = `![${literalMarkdown(piece.title)}](${addImage(piece)})`;
      const caption = `Figure ${piece.number}. ${piece.title}. ${piece.note}`.trim();
      return `${image}\n\n*${literalMarkdown(caption)}*`;
    }
    case 'network':
      return literalMarkdown(`${piece.title}: ${piece.text}`);
    case 'code': {
      // A fence longer than any in the text can't be closed by it.
      const longest = Math.max(2, ...(piece.text.match(/`+/g) ?? []).map((run) => run.length));
      const fence = '`'.repeat(longest + 1);
      return `${literalMarkdown(piece.name)}\n\n${fence}\n${piece.text.replace(/\n$/, '')}\n${fence}`;
    }
  }
}
