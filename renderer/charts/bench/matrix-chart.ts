// The block heat map as chartjs-chart-matrix would draw it; only measured.
import type { ChartConfiguration } from 'chart.js';
import { toCss, viridis } from '../../../shared/figures/colour-maps.ts';
import { logShare, type HeatSource } from '../../../shared/figures/heat-pixels.ts';

export function matrixOfBlocks({ steps, values, width }: HeatSource): ChartConfiguration<'matrix'> {
  const cells = Array.from(values, (value, i) => ({
    x: i % width,
    y: Math.floor(i / width),
    colour: toCss(viridis(logShare(value, { min: 0.001, max: 2 }))),
  }));
  return {
    type: 'matrix',
    data: {
      datasets: [
        {
          data: cells,
          backgroundColor: cells.map(({ colour }) => colour),
          width: 1200 / width,
          height: Math.max(1, 320 / steps.length),
        },
      ],
    },
    options: {
      animation: false,
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
      scales: {
        x: { type: 'linear', min: 0, max: width },
        y: { type: 'linear', min: 0, max: steps.length },
      },
    },
  };
}
