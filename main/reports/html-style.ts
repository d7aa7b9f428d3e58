// The look of an exported page: the app's colours, dark and light, and a calm printed form. Text only.
import { LIGHT_TOKENS } from '../../shared/figures/standalone.ts';

const darkTokens: Readonly<Record<string, string>> = {
  ...{ '--surface-0': '#0f1013', '--surface-1': '#16181c', '--surface-2': '#1d2025' },
  ...{ '--text-1': '#eceef2', '--text-2': '#aab1bd', '--text-3': '#8b93a1' },
  ...{ '--border': '#282c33', '--border-strong': '#3a404a', '--grid': '#22262c' },
  ...{ '--accent': '#7aa2ff', '--warn': '#e2a63f', '--warn-soft': '#33280f' },
  ...{ '--series-1': '#5ba6ee', '--series-2': '#ffa90e', '--series-3': '#ec5a41' },
  ...{ '--series-4': '#c3cfcd', '--series-5': '#b474e4', '--series-6': '#c98f7e' },
  ...{ '--series-7': '#f5863a', '--series-8': '#cbbf86', '--series-9': '#7e8494' },
  '--series-10': '#92dadd',
};

function declared(tokens: Readonly<Record<string, string>>): string {
  return Object.entries(tokens)
    .map(([name, value]) => `${name}:${value}`)
    .join(';');
}

export const REPORT_STYLE = `
:root{color-scheme:light dark;${declared(LIGHT_TOKENS)}}
@media screen and (prefers-color-scheme:dark){:root{${declared(darkTokens)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--surface-0);color:var(--text-1);font:15px/1.55 var(--sans)}
main{max-width:820px;margin:0 auto;padding:48px 24px 80px}
h1{margin:0 0 8px;font-size:28px;line-height:1.2}
h2{margin:40px 0 10px;padding-top:14px;border-top:1px solid var(--border);font-size:19px}
h3{margin:20px 0 6px;font-size:15px}
.question{margin:0 0 20px;color:var(--text-2);font-size:17px}
.facts{margin:0 0 24px;color:var(--text-3);font-size:13px}
.warning{padding:8px 12px;border-left:3px solid var(--warn);background:var(--warn-soft)}
.scroll{overflow-x:auto;margin:12px 0}
table{width:100%;border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
caption{caption-side:bottom;padding-top:6px;color:var(--text-2);text-align:left}
td b{font-weight:650}
th,td{padding:5px 10px 5px 0;border-bottom:1px solid var(--border);text-align:left;vertical-align:top;overflow-wrap:break-word}
th:first-child,td:first-child{min-width:96px}
td{max-width:260px}
th{color:var(--text-2);font-weight:500}
td.n,th.n{text-align:right}
td.n{white-space:nowrap}
td.n span{display:block;color:var(--text-3)}
figure{position:relative;margin:18px 0}
figcaption{margin-top:4px;color:var(--text-2);font-size:13px}
figcaption b,caption b{font-weight:600}
svg{display:block;width:100%;height:auto}
pre{overflow-x:auto;padding:12px;border:1px solid var(--border);border-radius:6px;background:var(--surface-2);font:12px/1.5 ui-monospace,monospace}
details{margin:8px 0}
summary{cursor:pointer;color:var(--text-2);font-size:13px}
blockquote{margin:12px 0;padding-left:14px;border-left:3px solid var(--border-strong);color:var(--text-2)}
a{color:var(--accent)}
.reading{position:absolute;z-index:2;padding:6px 9px;border:1px solid var(--border-strong);border-radius:5px;background:var(--surface-1);font-size:12px;pointer-events:none;white-space:nowrap}
.reading b{font-weight:600}
.hair{stroke:var(--text-3);stroke-dasharray:2 2;pointer-events:none}
.dragged{fill:var(--accent);fill-opacity:.14;stroke:var(--accent);stroke-opacity:.5;pointer-events:none}
.plot[tabindex]{cursor:crosshair;touch-action:pan-y;user-select:none}
.plot:focus-visible,[data-legend]:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
[data-legend][role]{cursor:pointer}
[data-legend][aria-pressed=false]{opacity:.4}
[data-legend][aria-pressed=false] text{text-decoration:line-through}
.reset{position:absolute;z-index:1;top:0;right:0;padding:2px 9px;border:1px solid var(--border-strong);border-radius:5px;background:var(--surface-1);color:var(--accent);font:12px var(--sans);cursor:pointer}
.hint{margin:18px 0 -6px;color:var(--text-3);font-size:12px}
figure.network{padding:12px 14px;border:1px solid var(--border-strong);border-radius:6px}
figure.network.over{border-color:var(--accent);background:var(--surface-2)}
figure.network:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.drop{display:block;margin-top:10px;font-size:13px}
.drop input{font:inherit}
.network [role=status]{margin:8px 0 0;font-weight:600}
.answer{display:flex;gap:16px;align-items:flex-start}
.answer canvas{width:128px;height:auto;margin-top:8px;border-radius:4px;image-rendering:pixelated}
.answer ol{flex:1;margin:6px 0 0;padding:0;list-style:none;font-size:13px;font-variant-numeric:tabular-nums}
.answer li{display:grid;grid-template-columns:minmax(80px,1fr) minmax(80px,200px) 64px;gap:10px;align-items:center;padding:2px 0}
.answer li span:last-child{text-align:right}
.answer meter{width:100%;height:12px}
[hidden]{display:none}
@media print{
.hint,.reset,.reading,.hair,.dragged,.drop{display:none}
body{font-size:10.5pt}
main{max-width:none;padding:0}
h2{break-after:avoid}
figure,tr,.warning,pre{break-inside:avoid}
.scroll{overflow:visible}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
table{font-size:7.5pt}
pre{font-size:7.5pt;padding:6pt;background:none}
figcaption,caption{font-size:8.5pt}
th,td{max-width:none;padding-right:6px}
th:first-child,td:first-child{min-width:48px}
p,li,details{break-inside:avoid}
summary,h2+p{break-after:avoid}
a{color:inherit}
}
@page{margin:18mm 16mm 20mm;@bottom-right{content:counter(page) ' / ' counter(pages);color:#626975;font:8pt sans-serif}}
`;
