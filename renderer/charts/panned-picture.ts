// While a chart pans, the curves that were drawn are moved as a picture, and only the strip that came into
// view is drawn: fifty long curves would take more than a frame. At rest curves are drawn directly.
// Chart.js's axes, grid and plug-ins are not concerned.
import type { Chart, Plugin } from 'chart.js';
import { pixelMap, type PixelMap } from './pixel-map.ts';
import { paintTrace, type PaintView, type TraceForm, type TraceStyle } from './trace-paint.ts';

/** As in `TraceController.draw`: lines may be cut at the sides of the plot, not above and below. */
const MARGIN_PX = 1;
/** Drawn beyond a strip and cut off, so that lines go through its edges. */
const OVERLAP_PX = 4;
/** Of the visible range: the rounding of a pan's arithmetic is less, any zoom is more. */
const SAME_SPAN = 1e-6;

interface Picture {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  readonly place: Place;
  readonly styles: readonly TraceStyle[];
  readonly forms: readonly TraceForm[];
  /** The x at the plot's left edge; as near the scale's as whole pixels of the screen allow. */
  from: number;
}

/** Where a picture lies in its chart, and what its pixels mean. If it changes, all is drawn anew. */
interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** The plot itself: where it begins in the picture, and how wide it is. */
  readonly inset: number;
  readonly plotWidth: number;
  /** Pixels of the screen in one of the page. */
  readonly ratio: number;
  /** The visible range of x. */
  readonly span: number;
  readonly yMin: number;
  readonly yMax: number;
  readonly yType: string;
}

const moving = new WeakSet<Chart>();
const pictures = new WeakMap<Chart, Picture>();

/** Between the first and the last frame of a pan. */
export function setMoving(chart: Chart, isMoving: boolean): void {
  if (isMoving) moving.add(chart);
  else {
    moving.delete(chart);
    pictures.delete(chart);
  }
}

export const pannedPicture: Plugin = {
  id: 'pannedPicture',
  beforeDatasetsDraw: (chart) => {
    if (isPanned(chart)) paintPicture(chart);
  },
  beforeDatasetDraw: (chart, { index }) => {
    const dataset = chart.data.datasets[index];
    const isShown = isPanned(chart) && pictures.has(chart);
    return !(isShown && dataset && isInPicture(dataset as unknown as TraceStyle));
  },
};

function isPanned(chart: Chart): boolean {
  return moving.has(chart) && chart.scales['x']?.type === 'linear';
}

/** Where a strip's dashes go on cannot be known, so dashed curves are drawn every time. */
function isInPicture({ dash }: TraceStyle): boolean {
  return dash.length === 0;
}

function paintPicture(chart: Chart): void {
  const { x, y } = chart.scales;
  if (!x || !y) return;
  const place = placeOf(chart);
  const styles = (chart.data.datasets as unknown as TraceStyle[]).filter(isInPicture);
  const toPixelY = pixelMap(y);
  const known = pictures.get(chart);
  const picture =
    known && isSamePlace(known.place, place) && areSameStyles(known.styles, styles)
      ? known
      : drawWhole(known?.canvas ?? document.createElement('canvas'), {
          ...{ place, styles, toPixelY, from: x.min },
        });
  if (!picture) return;
  pictures.set(chart, picture);
  move(picture, x.min, toPixelY);
  const { left, top, width, height } = place;
  chart.ctx.drawImage(picture.canvas, left, top, width, height);
}

/** On whole pixels of the screen, so that moving it blurs nothing. */
function placeOf({ chartArea, scales, currentDevicePixelRatio: ratio }: Chart): Place {
  const { x, y } = scales;
  const snap = (px: number): number => Math.round(px * ratio) / ratio;
  const left = Math.floor(chartArea.left * ratio) / ratio;
  const top = snap(chartArea.top - MARGIN_PX);
  return {
    ...{ left, top, ratio },
    width: Math.ceil(chartArea.right * ratio) / ratio - left,
    inset: chartArea.left - left,
    plotWidth: chartArea.right - chartArea.left,
    height: snap(chartArea.bottom + MARGIN_PX) - top,
    span: (x?.max ?? 1) - (x?.min ?? 0),
    yMin: y?.min ?? 0,
    yMax: y?.max ?? 1,
    yType: y?.type ?? '',
  };
}

function isSamePlace(a: Place, b: Place): boolean {
  return (
    Math.abs(a.span - b.span) <= SAME_SPAN * a.span &&
    (Object.keys(a) as (keyof Place)[]).every((key) => key === 'span' || a[key] === b[key])
  );
}

/** Configurations are made anew for every frame; what they say of a curve is compared. */
function areSameStyles(a: readonly TraceStyle[], b: readonly TraceStyle[]): boolean {
  return (
    a.length === b.length &&
    a.every((style, i) => {
      const other = b[i];
      return (
        other !== undefined &&
        style.trace === other.trace &&
        style.upper === other.upper &&
        style.colour === other.colour &&
        style.widthPx === other.widthPx
      );
    })
  );
}

function drawWhole(
  canvas: HTMLCanvasElement,
  drawing: Pick<Picture, 'place' | 'styles' | 'from'> & { readonly toPixelY: PixelMap },
): Picture | undefined {
  const { place, styles, from, toPixelY } = drawing;
  const context = canvas.getContext('2d');
  if (!context) return undefined;
  // Setting the size clears it.
  canvas.width = Math.max(1, Math.round(place.width * place.ratio));
  canvas.height = Math.max(1, Math.round(place.height * place.ratio));
  context.scale(place.ratio, place.ratio);
  const view = viewOf({ place, from }, { start: 0, end: place.width }, toPixelY);
  const forms = styles.map((style) => paintTrace(context, style, view));
  return { canvas, context, place, styles, forms, from };
}

/** What stays in view moves by whole pixels of the screen; the rest is drawn. */
function move(picture: Picture, from: number, toPixelY: PixelMap): void {
  const { canvas, context, place } = picture;
  const perPixel = place.span / (place.plotWidth * place.ratio);
  const shift = Math.round((picture.from - from) / perPixel);
  if (shift === 0) return;
  picture.from -= shift * perPixel;
  context.save();
  context.resetTransform();
  // Clears what nothing is copied to.
  context.globalCompositeOperation = 'copy';
  context.drawImage(canvas, shift, 0);
  context.restore();
  const px = Math.min(place.width, Math.abs(shift) / place.ratio);
  const strip = shift > 0 ? { start: 0, end: px } : { start: place.width - px, end: place.width };
  context.save();
  context.beginPath();
  context.rect(strip.start, 0, px, place.height);
  context.clip();
  const view = viewOf(picture, strip, toPixelY);
  picture.styles.forEach((style, i) => paintTrace(context, style, view, picture.forms[i]));
  context.restore();
}

/** In pixels of the picture. */
function viewOf(
  { place, from }: Pick<Picture, 'place' | 'from'>,
  strip: { readonly start: number; readonly end: number },
  toPixelY: PixelMap,
): PaintView {
  const perPx = place.span / place.plotWidth;
  return {
    min: from + (strip.start - place.inset - OVERLAP_PX) * perPx,
    max: from + (strip.end - place.inset + OVERLAP_PX) * perPx,
    toPixel: (x) => (x - from) / perPx + place.inset,
    toPixelY: (y) => toPixelY(y) - place.top,
  };
}
