// What an exported page can do: read values off curves, hide and show curves. Plain text that a browser
// runs under the page's own policy; it asks no network, keeps nothing, and writes text only as text.

export const REPORT_SCRIPT = `'use strict';
for (const figure of document.querySelectorAll('figure')) {
  const svg = figure.querySelector('svg');
  const source = figure.querySelector('script[type="application/json"]');
  if (!svg) continue;
  const hidden = new Set();
  for (const entry of svg.querySelectorAll('[data-legend]')) {
    entry.addEventListener('click', () => {
      const at = entry.getAttribute('data-legend');
      if (!hidden.delete(at)) hidden.add(at);
      entry.classList.toggle('off', hidden.has(at));
      const curve = svg.querySelector('[data-curve="' + at + '"]');
      if (curve) curve.classList.toggle('hidden', hidden.has(at));
    });
  }
  if (!source) continue;
  const chart = JSON.parse(source.textContent);
  const reading = document.createElement('div');
  reading.className = 'reading hidden';
  figure.append(reading);
  const hair = document.createElementNS('http://www.w3.org/2000/svg', 'line');
  hair.setAttribute('class', 'hair hidden');
  hair.setAttribute('y1', chart.frame.top);
  hair.setAttribute('y2', chart.frame.bottom);
  svg.append(hair);
  const nearest = (xs, x) => {
    let low = 0;
    let high = xs.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xs[middle] < x) low = middle;
      else high = middle;
    }
    return x - xs[low] < xs[high] - x ? low : high;
  };
  const say = (value) => (value === null ? 'not a number' : String(Number(value.toPrecision(4))));
  const leave = () => {
    reading.classList.add('hidden');
    hair.classList.add('hidden');
  };
  svg.addEventListener('pointermove', (event) => {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const px = (event.clientX - box.left) * scale;
    const { frame } = chart;
    if (px < frame.left || px > frame.right) return leave();
    const share = (px - frame.left) / (frame.right - frame.left);
    const x = chart.x.min + share * (chart.x.max - chart.x.min);
    const rows = chart.curves
      .map((curve, i) => ({ curve, i }))
      .filter(({ curve, i }) => !hidden.has(String(i)) && curve.x.length > 0)
      .map(({ curve }) => {
        const at = nearest(curve.x, x);
        const y = curve.y[at];
        const half = curve.low && curve.low[at] !== null ? (curve.high[at] - curve.low[at]) / 2 : 0;
        return { label: curve.label, y, text: say(y) + (half > 0 ? ' ± ' + say(half) : '') };
      })
      .sort((a, b) => (b.y ?? -Infinity) - (a.y ?? -Infinity));
    reading.textContent = '';
    const head = document.createElement('b');
    head.textContent = chart.xTitle + ' ' + Math.round(x);
    reading.append(head);
    for (const row of rows.slice(0, 12)) {
      const line = document.createElement('div');
      line.textContent = row.label + ': ' + row.text;
      reading.append(line);
    }
    reading.classList.remove('hidden');
    hair.classList.remove('hidden');
    hair.setAttribute('x1', px);
    hair.setAttribute('x2', px);
    const left = event.clientX - figure.getBoundingClientRect().left;
    const isLeft = share < 0.55;
    reading.style.left = isLeft ? left + 14 + 'px' : '';
    reading.style.right = isLeft ? '' : figure.clientWidth - left + 14 + 'px';
    reading.style.top = box.top - figure.getBoundingClientRect().top + frame.top / scale + 8 + 'px';
  });
  svg.addEventListener('pointerleave', leave);
}
`;
