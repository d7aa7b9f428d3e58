// Measures the charts in a real browser: 50 runs of 100,000 points opened and panned, and a heat map
// of 500 blocks. The results stand on the page and in `window.results`; `run.mjs` prints them.
import { Chart } from 'chart.js';
import '../../styles/tokens.css';
import '../../styles/base.css';
import { curveOf, type Curve } from '../curve.ts';
import type { CurveData } from '../../../shared/curves/curve-data.ts';
import { drawnCurve } from '../../../shared/curves/drawn-curve.ts';
import type { Smoothing } from '../../../shared/curves/smooth.ts';
import { HeatPixels, heatRows } from '../../../shared/figures/heat-pixels.ts';
import type { LineFigure } from '../../../shared/figures/line-model.ts';
import { buildLineChart } from '../line-chart.ts';
import { registerCharts } from '../register.ts';
import { madeUpLoss, madeUpNorms } from '../testing/made-up-run.ts';
import { readTheme } from '../theme.ts';
import { setMoving } from '../curve-picture.ts';
import { matrixOfBlocks } from './matrix-chart.ts';

const RUNS = 50;
const POINTS = 100_000;
const FRAMES = 120;

const results: Record<string, number | string> = {};
declare global {
  interface Window {
    results?: Readonly<Record<string, number | string>>;
  }
}

function canvasOf(width: number, height: number): HTMLCanvasElement {
  const holder = document.createElement('div');
  holder.style.width = `${width}px`;
  holder.style.height = `${height}px`;
  const canvas = document.createElement('canvas');
  holder.append(canvas);
  document.getElementById('app')?.replaceChildren(holder);
  return canvas;
}

function nextFrame(): Promise<number> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Number((sorted[Math.round(share * (sorted.length - 1))] ?? 0).toFixed(1));
}

/** Every point is drawn: more than any page gets, so that drawing shows its cost. */
function wholeCurve(seed: number, smoothing: Smoothing): CurveData {
  const { steps, values } = madeUpLoss({ seed, steps: POINTS, floor: 0.1 + seed / 80 });
  const member = { run: String(seed), x: Float64Array.from(steps), y: values };
  const drawn = drawnCurve(
    { counted: [member], others: [] },
    { smoothing, spread: 'sd', drawn: 'band', bounds: { low: 0, high: Infinity } },
  );
  return { ...drawn, mark: '' };
}

async function overlay(smoothing: boolean): Promise<void> {
  const name = smoothing ? 'smoothed' : 'raw';
  const data = Array.from({ length: RUNS }, (_, i) =>
    wholeCurve(i, smoothing ? { kind: 'ema', weight: 0.9 } : { kind: 'none' }),
  );
  await nextFrame();
  const started = performance.now();
  const curves: Curve[] = data.map((one, i) =>
    curveOf({ id: String(i), label: `run ${i}`, colour: i % 10 }, one),
  );
  const prepared = performance.now();
  const theme = readTheme('light');
  const figure: LineFigure = {
    ...{ label: 'Loss', xTitle: 'Step', yTitle: 'Loss', xKind: 'step', curves },
  };
  const chart = new Chart(canvasOf(900, 400), buildLineChart({ figure, theme }));
  await nextFrame();
  results[`${name}: prepare ${RUNS} × ${POINTS} (ms)`] = Math.round(prepared - started);
  results[`${name}: open, data to picture (ms)`] = Math.round(performance.now() - started);

  setMoving(chart, true);
  const work: number[] = [];
  const gaps: number[] = [];
  let last = await nextFrame();
  for (let frame = 0; frame < FRAMES; frame++) {
    const start = performance.now();
    const min = 10_000 + frame * 300;
    const xRange = { min, max: min + 40_000 };
    const config = buildLineChart({ figure: { ...figure, xRange }, theme });
    chart.data = config.data;
    if (config.options) chart.options = config.options;
    chart.update('none');
    work.push(performance.now() - start);
    const now = await nextFrame();
    gaps.push(now - last);
    last = now;
  }
  results[`${name}: pan, script a frame, median (ms)`] = percentile(work, 0.5);
  results[`${name}: pan, script a frame, 95 % (ms)`] = percentile(work, 0.95);
  results[`${name}: pan, frame to frame, median (ms)`] = percentile(gaps, 0.5);
  results[`${name}: pan, frame to frame, 95 % (ms)`] = percentile(gaps, 0.95);
  chart.destroy();
  document.title = JSON.stringify(results);
}

async function heatMap(): Promise<void> {
  const labels = Array.from(
    { length: 500 },
    (_, i) => `layer${Math.floor(i / 125) + 1}.${i % 125}`,
  );
  const source = madeUpNorms({ seed: 1, samples: 2000, labels, every: 10 });
  const texture = document.createElement('canvas');
  const canvas = canvasOf(1200, 320);
  canvas.width = 1200;
  canvas.height = 320;
  const context = canvas.getContext('2d');
  await nextFrame();
  const started = performance.now();
  const rows = heatRows(source, 20_000, 320);
  const pixels = new HeatPixels(500, { ...rows, min: 0.001, max: 2 });
  pixels.add(source, 0);
  texture.width = 500;
  texture.height = rows.rows;
  texture
    .getContext('2d')
    ?.putImageData(new ImageData(new Uint8ClampedArray(pixels.pixels.buffer), 500), 0, 0);
  context?.drawImage(texture, 0, 0, 1200, 320);
  results['heat map: 500 × 2,000 built and drawn (ms)'] = percentile(
    [performance.now() - started],
    0,
  );
  const appends: number[] = [];
  for (let i = 0; i < 100; i++) {
    const start = performance.now();
    pixels.add(source, 1999);
    const top = new Uint8ClampedArray(pixels.pixels.buffer, 0, 500 * 4);
    texture.getContext('2d')?.putImageData(new ImageData(top, 500), 0, 0);
    context?.drawImage(texture, 0, 0, 1200, 320);
    appends.push(performance.now() - start);
  }
  results['heat map: one more sample (ms)'] = percentile(appends, 0.5);
}

/** The same picture with chartjs-chart-matrix, for the decision not to use it here. */
async function heatMapByMatrix(): Promise<void> {
  for (const samples of [100, 400]) {
    const labels = Array.from({ length: 500 }, (_, i) => String(i));
    const source = madeUpNorms({ seed: 1, samples, labels, every: 10 });
    await nextFrame();
    const started = performance.now();
    const chart = new Chart(canvasOf(1200, 320), matrixOfBlocks(source));
    results[`chartjs-chart-matrix: 500 × ${samples} (ms)`] = Math.round(
      performance.now() - started,
    );
    chart.destroy();
  }
}

registerCharts();
await overlay(false);
await overlay(true);
await heatMap();
await heatMapByMatrix();
window.results = results;
document.body.innerText = JSON.stringify(results, null, 2);
