// Colours for the network's tiles by the newest values, on the scale of the whole heat map. Pure.
import { toCss, viridis } from '../../shared/figures/colour-maps.ts';
import { logRange } from '../../shared/figures/axis-range.ts';
import {
  INFINITE_COLOUR,
  logShare,
  NAN_COLOUR,
  positiveExtent,
  ZERO_COLOUR,
} from '../../shared/figures/heat-pixels.ts';

/** @param all every value of the heat map, which sets the scale */
export function tintsOf(newest: Float32Array, all: Float32Array): string[] {
  const range = logRange(positiveExtent(all));
  return Array.from(newest, (value) => {
    if (Number.isNaN(value)) return toCss(NAN_COLOUR);
    if (!Number.isFinite(value)) return toCss(INFINITE_COLOUR);
    return value <= 0 ? toCss(ZERO_COLOUR) : toCss(viridis(logShare(value, range)));
  });
}
