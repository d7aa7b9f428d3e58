// The bars of a dataset's classes as files: numbers as CSV, and a picture drawn anew, because on the
// page the bars are elements and no canvas.
import { formatExact } from '../../../shared/format.ts';
import { csvCell } from '../../../shared/csv.ts';
import { canvasPng } from '../../charts/export.ts';
import type { ChartTheme } from '../../charts/theme.ts';

export interface ClassCount {
  readonly name: string;
  readonly train: number;
  readonly val: number;
  readonly test: number;
}

const SPLITS = [
  { key: 'train', label: 'train', series: 0 },
  { key: 'val', label: 'validation', series: 1 },
  { key: 'test', label: 'test', series: 3 },
] as const;

const ROW_PX = 22;
const NAME_PX = 190;
const BAR_PX = 420;
const COUNT_PX = 80;
/** Browsers refuse canvases that are higher than this. */
const HIGHEST = 16_000;

export function classBarsCsv(classes: readonly ClassCount[]): string {
  const rows = classes.map(({ name, train, val, test }) => [csvCell(name), train, val, test]);
  return `${[['class', ...SPLITS.map(({ label }) => label)], ...rows].map((row) => row.join(',')).join('\r\n')}\r\n`;
}

export function classBarsPng(
  classes: readonly ClassCount[],
  title: string,
  theme: ChartTheme,
): Promise<Blob> {
  const canvas = document.createElement('canvas');
  const ratio = classes.length * ROW_PX * 2 <= HIGHEST ? 2 : 1;
  const rowPx = Math.min(ROW_PX, HIGHEST / Math.max(1, classes.length) / ratio);
  const widthPx = NAME_PX + BAR_PX + COUNT_PX;
  canvas.width = widthPx * ratio;
  canvas.height = Math.ceil(classes.length * rowPx + 8) * ratio;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser gave no drawing context for the picture.');
  context.scale(ratio, ratio);
  context.font = `12px ${theme.font}`;
  context.textBaseline = 'middle';
  const most = Math.max(1, ...classes.map(({ train, val, test }) => train + val + test));
  classes.forEach((entry, row) => {
    const y = (row + 0.5) * rowPx;
    context.fillStyle = theme.text;
    context.textAlign = 'right';
    context.fillText(entry.name, NAME_PX - 8, y, NAME_PX - 20);
    let x = NAME_PX;
    for (const { key, series } of SPLITS) {
      const width = (entry[key] / most) * BAR_PX;
      context.fillStyle = theme.series[series] ?? theme.text;
      context.fillRect(x, y - rowPx * 0.3, width, rowPx * 0.6);
      x += width;
    }
    context.fillStyle = theme.faint;
    context.textAlign = 'left';
    context.fillText(formatExact(entry.train + entry.val + entry.test), x + 6, y);
  });
  const legend = SPLITS.map(({ label, series }) => ({
    ...{ label, isDashed: false },
    colour: theme.series[series] ?? theme.text,
  }));
  return canvasPng(canvas, { title, theme, legend, widthPx });
}
