import { expect, it } from 'vitest';
import { drawLines } from '../../../../shared/figures/line-figure.ts';
import { lossFigure, outputFigure } from './figures.ts';
import { advance, startOf } from './live-training.svelte.ts';
import { drawLayers } from './scalar-network.ts';

it('draws both networks, and the target beside what they compute', () => {
  const start = drawLayers(0, 0.3);
  const traced = (wiring: 'plain' | 'shortcut') =>
    advance(startOf(start, wiring), { wiring, rate: 0.02, steps: 1000 });
  const traces = { plain: traced('plain'), shortcut: traced('shortcut') };
  for (const figure of [lossFigure(traces), outputFigure(traces)]) {
    const { svg } = drawLines(figure);
    expect(svg).toContain('Without shortcut');
    expect(svg).toContain('With shortcut');
  }
  const [plain] = lossFigure(traces).curves;
  // Thinned, with the last step.
  expect(plain?.line.x.length).toBeLessThan(300);
  expect(plain?.line.x.at(-1)).toBe(traces.plain.steps);
  expect(drawLines(outputFigure(traces)).svg).toContain('4x + 3');
});
