// Saves what is shown: the canvas of a chart as PNG with its title and background, text as a file.
import type { Chart } from 'chart.js';
import type { ChartTheme } from './theme.ts';

const TITLE_PX = 28;

export async function chartPng(chart: Chart, title: string, theme: ChartTheme): Promise<Blob> {
  return canvasPng(chart.canvas, title, theme);
}

/** The canvas with its title above and the page's surface behind. */
export async function canvasPng(
  source: HTMLCanvasElement,
  title: string,
  theme: ChartTheme,
): Promise<Blob> {
  const ratio = source.width / Math.max(1, source.clientWidth);
  const head = Math.round(TITLE_PX * ratio);
  const canvas = document.createElement('canvas');
  canvas.width = source.width;
  canvas.height = source.height + head;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser gave no drawing context for the picture.');
  context.fillStyle = theme.surface;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = theme.text;
  context.font = `600 ${13 * ratio}px ${theme.font}`;
  context.textBaseline = 'middle';
  context.fillText(title, 12 * ratio, head / 2);
  context.drawImage(source, 0, head);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error('The picture is too large for the browser to encode.'));
    }, 'image/png');
  });
}

export function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name.replace(/[\\/:*?"<>|]+/g, '-');
  link.click();
  // Revoked late: some browsers read the address only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
