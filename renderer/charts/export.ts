// Saves what is shown: the canvas of a chart as PNG with its title and background, text as a file.
import { toCss, viridis } from '../../shared/figures/colour-maps.ts';
import { Chart, type ChartConfiguration } from 'chart.js';
import type { ChartTheme } from './theme.ts';

const TITLE_PX = 28;
const LINE_PX = 18;
const EDGE_PX = 12;
const SWATCH_PX = 14;
const SHARES_PX = 56;

/** A curve's name in the picture, where the page has it beside the canvas. */
export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
  readonly isDashed: boolean;
}

interface Around {
  readonly title: string;
  readonly theme: ChartTheme;
  /** Under the title, on as many lines as it takes. */
  readonly legend?: readonly LegendEntry[];
  /** To the right: the colours of shares from 0 to 100 %, and what they are shares of. */
  readonly shares?: string;
  /** Of the canvas on the page; as it stands there if it does. */
  readonly widthPx?: number;
}

/** Pictures are for print and slides, whatever screen they are made on. */
const PICTURE_RATIO = 2;

/** The chart drawn once more, finer than the screen's, as large as it stands on the page. */
export async function chartPng(
  shown: Pick<Chart, 'width' | 'height'>,
  config: ChartConfiguration<'trace'> | ChartConfiguration<'matrix'>,
  around: Omit<Around, 'widthPx'>,
): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = shown.width;
  canvas.height = shown.height;
  const { options, ...rest } = config as ChartConfiguration;
  const chart = new Chart(canvas, {
    ...rest,
    options: { ...options, responsive: false, devicePixelRatio: PICTURE_RATIO },
  });
  try {
    return await canvasPng(canvas, { ...around, widthPx: shown.width });
  } finally {
    chart.destroy();
  }
}

/** The canvas with its title above, what the page shows beside it, and the page's surface behind. */
export async function canvasPng(source: HTMLCanvasElement, around: Around): Promise<Blob> {
  const { title, theme, legend = [], shares } = around;
  const sourcePx = around.widthPx ?? Math.max(1, source.clientWidth);
  const ratio = source.width / sourcePx;
  const widthPx = sourcePx + (shares === undefined ? 0 : SHARES_PX);
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser gave no drawing context for the picture.');
  context.font = `12px ${theme.font}`;
  const entries = placeEntries(legend, widthPx, (text) => context.measureText(text).width);
  const lines = (entries.at(-1)?.line ?? -1) + 1;
  const headPx = TITLE_PX + lines * LINE_PX;
  // Setting the size forgets the font.
  canvas.width = Math.round(widthPx * ratio);
  canvas.height = source.height + Math.round(headPx * ratio);
  context.scale(ratio, ratio);
  context.fillStyle = theme.surface;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.textBaseline = 'middle';
  context.fillStyle = theme.text;
  context.font = `600 13px ${theme.font}`;
  context.fillText(title, EDGE_PX, TITLE_PX / 2);
  context.font = `12px ${theme.font}`;
  context.lineWidth = 2.5;
  for (const { label, colour, isDashed, x, line } of entries) {
    const y = TITLE_PX + (line + 0.5) * LINE_PX;
    context.strokeStyle = colour;
    context.setLineDash(isDashed ? [4, 3] : []);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + SWATCH_PX, y);
    context.stroke();
    context.fillStyle = theme.text;
    context.fillText(label, x + SWATCH_PX + 5, y);
  }
  if (shares !== undefined) {
    paintShares(context, theme, shares, {
      left: sourcePx,
      top: headPx,
      heightPx: source.height / ratio,
    });
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(source, 0, Math.round(headPx * ratio));
  return canvasBlob(canvas);
}

/** Entries one after the other, on a new line where the next one does not fit. */
export function placeEntries(
  legend: readonly LegendEntry[],
  widthPx: number,
  measure: (text: string) => number,
): (LegendEntry & { readonly x: number; readonly line: number })[] {
  let x = EDGE_PX;
  let line = 0;
  return legend.map((entry) => {
    const room = SWATCH_PX + 5 + measure(entry.label);
    if (x > EDGE_PX && x + room > widthPx - EDGE_PX) {
      x = EDGE_PX;
      line++;
    }
    const placed = { ...entry, x, line };
    x += room + 16;
    return placed;
  });
}

function paintShares(
  context: CanvasRenderingContext2D,
  theme: ChartTheme,
  title: string,
  at: { readonly left: number; readonly top: number; readonly heightPx: number },
): void {
  const { left, heightPx } = at;
  const top = at.top + 24;
  const bottom = at.top + Math.min(heightPx, 400) - 24;
  const gradient = context.createLinearGradient(0, bottom, 0, top);
  for (let i = 0; i <= 8; i++) gradient.addColorStop(i / 8, toCss(viridis(i / 8)));
  context.fillStyle = gradient;
  context.fillRect(left + 12, top, 12, bottom - top);
  context.fillStyle = theme.faint;
  context.fillText('100 %', left + 12, top - 10);
  context.fillText('0 %', left + 12, bottom + 11);
  context.save();
  context.translate(left + 38, (top + bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = 'center';
  context.fillText(title, 0, 0);
  context.restore();
}

export function canvasBlob(canvas: HTMLCanvasElement): Promise<Blob> {
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
