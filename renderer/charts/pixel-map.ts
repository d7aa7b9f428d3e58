// From values to pixels, as Chart.js's scales do it but without their bookkeeping per call: a hundred
// thousand calls a frame are usual.
import type { Scale } from 'chart.js';

export type PixelMap = (value: number) => number;

/**
 * Pixels of the canvas, as the scale is now: what was drawn keeps its map when the scale moves on. Not a number
 * where a logarithmic scale has no place for the value.
 */
export function pixelMap(scale: Scale): PixelMap {
  const start = scale.getPixelForDecimal(0);
  const spread = scale.getPixelForDecimal(1) - start;
  if (scale.type === 'logarithmic') {
    const low = Math.log10(scale.min);
    const size = Math.log10(scale.max) - low || 1;
    return (value) =>
      value > 0 ? start + ((Math.log10(value) - low) / size) * spread : Number.NaN;
  }
  const { min } = scale;
  const size = scale.max - min || 1;
  return (value) => start + ((value - min) / size) * spread;
}
