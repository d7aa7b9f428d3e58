// A map over an image as a picture of its own, with a title: what the "Why" panel shows, for a slide or a paper.
import { canvasPng } from '../../../charts/export.ts';
import type { ChartTheme } from '../../../charts/theme.ts';

export interface Overlay {
  /** [height · width · 4] each, of the network's input size. */
  readonly image: Uint8ClampedArray<ArrayBuffer>;
  readonly map: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
  /** Of the map, 0…1. */
  readonly opacity: number;
  readonly title: string;
}

/** At least so wide, in whole multiples of the image. */
const LEAST_PX = 512;

export async function overlayPng(overlay: Overlay, theme: ChartTheme): Promise<Blob> {
  const { image, map, width, height, opacity, title } = overlay;
  const scale = Math.max(1, Math.ceil(LEAST_PX / Math.max(width, height)));
  const canvas = document.createElement('canvas');
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('The browser gave no drawing context for the picture.');
  context.imageSmoothingEnabled = false;
  context.drawImage(canvasOf(image, width, height), 0, 0, canvas.width, canvas.height);
  // As on the page: the image pixel by pixel, the map smooth.
  context.imageSmoothingEnabled = true;
  context.globalAlpha = opacity;
  context.drawImage(canvasOf(map, width, height), 0, 0, canvas.width, canvas.height);
  return await canvasPng(canvas, { title, theme, widthPx: canvas.width });
}

function canvasOf(
  pixels: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number,
): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}
