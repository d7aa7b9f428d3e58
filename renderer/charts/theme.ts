// The colours of a chart as the page's tokens have them in a theme. Canvases know no custom properties,
// so a chart is built anew when the theme changes.
import { resolveColour } from '../styles/resolve-colour.ts';
import { SERIES_COUNT } from '../../shared/compare/run-looks.ts';

export interface ChartTheme {
  readonly kind: 'dark' | 'light';
  readonly series: readonly string[];
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
  readonly border: string;
  readonly surface: string;
  readonly accent: string;
  readonly font: string;
}

export function readTheme(kind: ChartTheme['kind']): ChartTheme {
  return {
    kind,
    series: Array.from({ length: SERIES_COUNT }, (_, i) =>
      resolveColour(`--series-${i + 1}`, kind),
    ),
    text: resolveColour('--text-2', kind),
    faint: resolveColour('--text-3', kind),
    grid: resolveColour('--grid', kind),
    border: resolveColour('--border-strong', kind),
    surface: resolveColour('--surface-1', kind),
    accent: resolveColour('--accent', kind),
    font: getComputedStyle(document.body).fontFamily,
  };
}

/** `rgb(1, 2, 3)` or `#010203` with an opacity. */
export function withOpacity(colour: string, opacity: number): string {
  const hex = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(colour);
  const parts = hex
    ? hex.slice(1).map((pair) => parseInt(pair, 16))
    : (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  const [red = 0, green = 0, blue = 0] = parts;
  return `rgba(${red}, ${green}, ${blue}, ${opacity})`;
}
