// The curves of a figure for the script of an exported page: as few digits as eyes can tell apart. Pure.
import type { LineFigure } from '../../shared/figures/line-figure.ts';
import type { Plot } from '../../shared/figures/plot.ts';

export function linesJson(figure: LineFigure, plot: Plot): string {
  const { frame, x, y } = plot;
  return JSON.stringify({
    frame,
    x: { min: x.min, max: x.max },
    y: { min: y.min, max: y.max, isLog: y.isLog },
    xTitle: figure.xTitle,
    curves: figure.curves.map(({ label, line, band }) => ({
      label,
      x: Array.from(line.x, (value) => Math.round(value * 100) / 100),
      y: numbers(line.y),
      ...(band ? { low: numbers(band.low), high: numbers(band.high) } : {}),
    })),
  });
}

/** JSON has no NaN; null is a gap. */
function numbers(values: Float32Array): (number | null)[] {
  return Array.from(values, (value) =>
    Number.isFinite(value) ? Number(value.toPrecision(4)) : null,
  );
}
