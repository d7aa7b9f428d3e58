// The script of an exported report: charts of curves can be zoomed and read, their curves hidden. It runs
// under the page's own policy, asks no network and keeps nothing. main/build bundles it into one text.
import { InteractiveChart } from './interactive-chart.ts';

const charts = [...document.querySelectorAll('figure')].flatMap((figure) => {
  const source = figure.querySelector('script[type="application/json"]')?.textContent;
  const plot = figure.querySelector<HTMLElement>('.plot');
  return source && plot ? [new InteractiveChart(figure, plot, source)] : [];
});

const [first] = charts;
if (first) {
  const hint = document.createElement('p');
  hint.className = 'hint';
  hint.textContent =
    'Drag across a chart to zoom, double click to see all of it again, click a name to hide its curve. ' +
    'With keys: Tab to a chart, arrows read it, + and − zoom, Escape ends it.';
  first.figure.before(hint);
}
