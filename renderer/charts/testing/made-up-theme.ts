// A theme without a page, for tests that compare what a chart is configured with.
import type { ChartTheme } from '../theme.ts';

export const madeUpTheme: ChartTheme = {
  kind: 'light',
  series: Array.from({ length: 10 }, (_, i) => `rgb(${i}, ${i}, ${i})`),
  text: 'rgb(9, 9, 9)',
  faint: 'gray',
  grid: 'gray',
  border: 'gray',
  surface: 'white',
  accent: 'blue',
  font: 'Inter',
};
