// A report as one HTML file that needs nothing else: style, script, charts and their data are in it. Its
// own policy forbids the network and every script but ours, known by its hash.
import { createHash } from 'node:crypto';
import { cellParts } from '../../shared/compare/cell-parts.ts';
import type { ReportPiece } from '../../shared/contract/app/reports.ts';
import { escapeXml } from '../../shared/figures/svg.ts';
import { factsOf } from './facts.ts';
import { REPORT_STYLE } from './html-style.ts';
import { changesOf, type ComposedBlock } from './compose.ts';
import type { ReportData } from './report-data.ts';
import { changeSentence } from './facts.ts';

/** A network that the page computes by itself. */
export interface CarriedNetwork {
  /** TensorFlow.js's model.json. */
  readonly model: string;
  /** The bytes of its weights, base64. */
  readonly weights: string;
}

export interface PageParts {
  /** What the page runs; no script may hold the end of a script element. */
  readonly script: string;
  /** Runs the networks; of use with some only. */
  readonly networkScript: () => string;
  /** By run. */
  readonly networks: ReadonlyMap<string, CarriedNetwork>;
}

export function reportHtml(
  data: ReportData,
  blocks: readonly ComposedBlock[],
  { script, networkScript, networks }: PageParts,
): string {
  const scripts = [script, ...(networks.size === 0 ? [] : [networkScript()])];
  const { document } = data;
  const changes = changesOf(data);
  const policy = [
    "default-src 'none'",
    'img-src data:',
    `style-src '${hashOf(REPORT_STYLE)}'`,
    `script-src ${scripts.map((text) => `'${hashOf(text)}'`).join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeXml(document.title)}</title>`,
    `<style>${REPORT_STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${escapeXml(document.title)}</h1>`,
    document.question === '' ? '' : `<p class="question">${escapeXml(document.question)}</p>`,
    `<p class="facts">${factsOf(data).map(escapeXml).join(' · ')}</p>`,
    changes.length === 0 ? '' : `<p class="warning">${escapeXml(changeSentence(changes))}</p>`,
    ...blocks.map(({ pieces }) => {
      const parts = pieces.map((piece) => pieceHtml(piece, networks));
      return `<section>${parts.join('\n')}</section>`;
    }),
    '</main>',
    ...scripts.map((text) => `<script>${text}</script>`),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function pieceHtml(piece: ReportPiece, networks: PageParts['networks']): string {
  switch (piece.kind) {
    case 'heading':
      return `<h2>${escapeXml(piece.text)}</h2>`;
    case 'markdown':
      return piece.html;
    case 'paragraph':
      return `<p${piece.isWarning ? ' class="warning"' : ''}>${escapeXml(piece.text)}</p>`;
    case 'list':
      return `<ul>${piece.items.map((item) => `<li>${escapeXml(item)}</li>`).join('')}</ul>`;
    case 'table': {
      const classOf = (at: number): string =>
        piece.columns[at]?.isNumber === true ? ' class="n"' : '';
      const head = piece.columns
        .map(({ title }, at) => `<th scope="col"${classOf(at)}>${escapeXml(title)}</th>`)
        .join('');
      const rows = piece.rows
        .map((row, i) =>
          row
            .map((cell, at) => {
              const isBest = piece.best?.some(([y, x]) => y === i && x === at) === true;
              return `<td${classOf(at)}>${cellHtml(cell, isBest)}</td>`;
            })
            .join(''),
        )
        .map((cells) => `<tr>${cells}</tr>`)
        .join('');
      const caption = `<caption><b>Table ${piece.number}.</b> ${escapeXml(piece.caption)}</caption>`;
      return `<div class="scroll"><table>${caption}<thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
    }
    case 'figure':
      return [
        '<figure>',
        `<div class="plot">${piece.svg}</div>`,
        `<figcaption><b>Figure ${piece.number}. ${escapeXml(piece.title)}.</b> ${escapeXml(piece.note)}</figcaption>`,
        piece.lines === undefined
          ? ''
          : `<script type="application/json">${scriptSafe(piece.lines)}</script>`,
        '</figure>',
      ].join('');
    case 'network': {
      const network = networks.get(piece.run);
      if (network === undefined) {
        return `<p class="warning">${escapeXml(`${piece.title}: this file does not carry the network; the HTML file does.`)}</p>`;
      }
      // The model's own JSON, and text of letters, digits, + and /.
      const json = `{"model":${scriptSafe(network.model)},"weights":"${network.weights}"}`;
      return `<figure class="network"><figcaption><b>${escapeXml(piece.title)}.</b> ${escapeXml(piece.text)}</figcaption><script type="application/json">${json}</script></figure>`;
    }
    case 'code':
      return `<details open><summary>${escapeXml(piece.name)}</summary><pre>${escapeXml(piece.text)}</pre></details>`;
  }
}

/** A difference in brackets stands under its number. */
function cellHtml(cell: string, isBest: boolean): string {
  const { value, difference } = cellParts(cell);
  const strong = (text: string): string => (isBest ? `<b>${escapeXml(text)}</b>` : escapeXml(text));
  return `${strong(value)}${difference === '' ? '' : `<span>${escapeXml(difference)}</span>`}`;
}

/** Inside a script element only `<` could end it. */
function scriptSafe(json: string): string {
  return json
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
