// The names of what is drawn above a picture, on as many rows as it takes. Pure.
import type { LegendEntry } from './line-model.ts';
import { element, seriesColour, shortened, text, tip } from './svg.ts';

export const LEGEND_ROW_PX = 18;
const BASELINE_PX = 14;
const SWATCH_PX = 16;
/** Of the page's type at 12 px, rather too wide: names must not touch. */
const LETTER_PX = { narrow: 4, common: 7, capital: 8.5, wide: 11 };
const MOST_PX = 260;

export interface SvgLegend {
  readonly heightPx: number;
  readonly svg: string;
}

/** Entry `i` is marked `data-legend`, for a page that hides its curve with a click. */
export function svgLegend(
  entries: readonly LegendEntry[],
  { left, width }: { readonly left: number; readonly width: number },
): SvgLegend {
  let [x, row] = [0, 0];
  const drawn = entries.map(({ name, label, colour, isDashed }, i) => {
    const short = shortened(name, MOST_PX);
    const wide = SWATCH_PX + 14 + widthOf(short);
    if (x > 0 && x + wide > width) [x, row] = [0, row + 1];
    const [from, y] = [left + x, BASELINE_PX + row * LEGEND_ROW_PX];
    x += wide;
    return element(
      'g',
      { 'data-legend': i },
      element('line', {
        ...{ x1: from, x2: from + SWATCH_PX, y1: y - 4, y2: y - 4, stroke: seriesColour(colour) },
        ...{ 'stroke-width': '2.5', 'stroke-dasharray': isDashed ? '4 3' : undefined },
      }),
      text(short, { x: from + SWATCH_PX + 5, y }),
      tip(label),
    );
  });
  return { heightPx: entries.length === 0 ? 0 : (row + 1) * LEGEND_ROW_PX, svg: drawn.join('') };
}

function widthOf(words: string): number {
  return Array.from(words, (letter) => {
    if (/[mwMW@%—…]/.test(letter)) return LETTER_PX.wide;
    if (/[ilj.,:;'|!() ]/.test(letter)) return LETTER_PX.narrow;
    // What is neither Latin nor Greek is about as wide as it is high.
    if (letter > '\u2e7f') return 12;
    return /\p{Lu}/u.test(letter) ? LETTER_PX.capital : LETTER_PX.common;
  }).reduce((a, b) => a + b, 0);
}
