// What people write in a report, as HTML and as Markdown for others. Raw HTML stays text, links lead to
// the web only, pictures are links: nothing that is typed can run or fetch anything.
import MarkdownIt from 'markdown-it';

const parser = new MarkdownIt({ html: false, linkify: false, typographer: false });
parser.validateLink = (address) => /^(https?:|mailto:|#)/i.test(address.trim());
parser.disable('image');

export function markdownHtml(markdown: string): string {
  return parser.render(markdown).replaceAll('<a href=', '<a rel="noopener noreferrer" href=');
}

/** The same text for a reader that may allow raw HTML or any link. */
export function safeMarkdown(markdown: string): string {
  return markdown
    .split(/(```[\s\S]*?(?:```|$)|`[^`\n]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : defused(part)))
    .join('');
}

function defused(text: string): string {
  return text
    .replace(/<(?=[a-z/!?])/gi, '\\<')
    .replace(/\]\(\s*<?\s*(?!https?:|mailto:|#)[^)\s]*/gi, '](#')
    .replace(/^(\s*\[[^\]]+\]:\s*)(?!https?:|mailto:|#).*$/gim, '$1#')
    .replaceAll('![', '\\![');
}

/** A name or sentence that must not mean anything in Markdown. */
export function literalMarkdown(text: string): string {
  return text.replace(/([\\`*_{}[\]<>#|!])/g, '\\$1').replace(/[\r\n]+/g, ' ');
}
