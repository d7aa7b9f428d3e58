// The curves of a chart are a picture of their own that is copied into the chart: a drag over the plot, or
// whatever else is drawn, costs no curve. While the chart pans or zooms nothing may take longer than a frame,
// and fifty long curves do. So the picture is moved, and only the strip that comes into view is drawn; where
// more has changed than a place, the picture is stretched until the next one, drawn in parts over several
// frames, is there. At rest all is drawn exactly. Chart.js's axes, grid and plug-ins are not concerned.
import type { Chart, Plugin } from 'chart.js';
import { pixelMap, type PixelMap } from './pixel-map.ts';
import { paintTrace, type PaintView, type TraceForm, type TraceStyle } from './trace-paint.ts';

/** As in `TraceController.draw`: lines may be cut at the sides of the plot, not above and below. */
const MARGIN_PX = 1;
/** Drawn beyond a strip and cut off, so that lines go through its edges. */
const OVERLAP_PX = 4;
/** Of the visible range: the rounding of a pan's arithmetic is less, any zoom is more. */
const SAME_SPAN = 1e-6;
/** What the parts of all charts may take of one frame, besides what a frame takes anyway. */
const PARTS_MS = 4;
/** Without a frame for so long the pointer rests: the next part is drawn by itself, and may be larger. */
const PAUSE_MS = 30;
const PAUSE_PARTS_MS = 12;

/** Where a picture lies in its chart: plots grow narrower with longer labels beside them. */
interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** The plot itself: where it begins in the picture, and how wide it is. */
  readonly inset: number;
  readonly plotWidth: number;
  /** Pixels of the screen in one of the page. */
  readonly ratio: number;
  readonly xType: string;
  readonly yType: string;
}

/** What the pixels of a picture mean. */
interface Meaning {
  /** At the plot's left edge, in the units of the axis: a logarithmic one counts powers of ten. */
  readonly from: number;
  readonly span: number;
  readonly yMin: number;
  readonly yMax: number;
}

interface Drawing {
  readonly frame: Frame;
  readonly meaning: Meaning;
  readonly styles: readonly TraceStyle[];
  /** To pixels of the chart. */
  readonly toPixelY: PixelMap;
}

interface Picture extends Omit<Drawing, 'meaning'> {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  /** While it moves it starts where whole pixels of the screen allow, as near as can be. */
  meaning: Meaning;
  /** Of the curves that are drawn already. */
  readonly forms: TraceForm[];
}

interface State {
  shown: Picture | undefined;
  /** The next one, of which a part is there. */
  coming: Picture | undefined;
  isMoving: boolean;
  timer?: ReturnType<typeof setTimeout>;
}

const states = new WeakMap<Chart, State>();

/** Between the first and the last frame of a pan or zoom. At its end all is drawn as it should be. */
export function setMoving(chart: Chart, isMoving: boolean): void {
  const state = stateOf(chart);
  if (state.isMoving === isMoving) return;
  state.isMoving = isMoving;
  if (!isMoving) chart.draw();
}

export const curvePicture: Plugin = {
  id: 'curvePicture',
  beforeDatasetsDraw: (chart) => {
    const state = stateOf(chart);
    const drawing = drawingOf(chart);
    if (!drawing) return;
    if (state.isMoving && state.shown && isAlike(state.shown.frame, drawing.frame)) {
      showMoving(chart, state, state.shown, drawing);
    } else {
      showResting(chart, state, drawing);
    }
  },
  beforeDatasetDraw: (chart, { index }) => {
    const dataset = chart.data.datasets[index];
    const isShown = stateOf(chart).shown !== undefined;
    return !(isShown && dataset && isInPicture(dataset as unknown as TraceStyle));
  },
  afterDestroy: (chart) => clearTimeout(states.get(chart)?.timer),
};

function stateOf(chart: Chart): State {
  let state = states.get(chart);
  if (!state) {
    state = { shown: undefined, coming: undefined, isMoving: false };
    states.set(chart, state);
  }
  return state;
}

/** Where a strip's dashes go on cannot be known, so dashed curves are drawn every time. */
function isInPicture({ dash }: TraceStyle): boolean {
  return dash.length === 0;
}

/** None for charts of other kinds. */
function drawingOf(chart: Chart): Drawing | undefined {
  if (!('type' in chart.config) || chart.config.type !== 'trace') return undefined;
  const { chartArea, scales, currentDevicePixelRatio: ratio } = chart;
  const { x, y } = scales;
  if (!x || !y) return undefined;
  // On whole pixels of the screen, so that moving it blurs nothing.
  const snap = (px: number): number => Math.round(px * ratio) / ratio;
  const left = Math.floor(chartArea.left * ratio) / ratio;
  const top = snap(chartArea.top - MARGIN_PX);
  const { toUnit } = unitsOf(x.type);
  const from = toUnit(x.min);
  return {
    frame: {
      ...{ left, top, ratio, xType: x.type, yType: y.type },
      width: Math.ceil(chartArea.right * ratio) / ratio - left,
      inset: chartArea.left - left,
      plotWidth: chartArea.right - chartArea.left,
      height: snap(chartArea.bottom + MARGIN_PX) - top,
    },
    meaning: { from, span: toUnit(x.max) - from, yMin: y.min, yMax: y.max },
    styles: (chart.data.datasets as unknown as TraceStyle[]).filter(isInPicture),
    toPixelY: pixelMap(y),
  };
}

function showResting(chart: Chart, state: State, drawing: Drawing): void {
  const { shown } = state;
  state.coming = undefined;
  const isExact =
    shown !== undefined &&
    isSame(shown.frame, drawing.frame) &&
    isSame(shown.meaning, drawing.meaning) &&
    areSameStyles(shown.styles, drawing.styles);
  const picture = isExact ? shown : begin(drawing, shown?.canvas);
  state.shown = picture;
  if (!picture) return;
  paintRest(picture);
  const { left, top, width, height } = picture.frame;
  chart.ctx.drawImage(picture.canvas, left, top, width, height);
}

function showMoving(chart: Chart, state: State, shown: Picture, drawing: Drawing): void {
  let picture = shown;
  if (isCurrent(shown, drawing)) state.coming = undefined;
  else {
    // One that was begun is finished even if it is old by then: a zoom that goes on would never show any.
    const { coming = begin(drawing) } = state;
    state.coming = coming;
    if (coming && paintRest(coming, partsLeft())) {
      picture = coming;
      state.shown = coming;
      state.coming = undefined;
    }
  }
  if (isSameX(picture, drawing)) move(picture, drawing.meaning.from);
  copy(chart, picture, drawing);
  clearTimeout(state.timer);
  if (!isCurrent(picture, drawing)) {
    state.timer = setTimeout(() => drawOn(chart, state), PAUSE_MS);
  }
}

function drawOn(chart: Chart, state: State): void {
  if (!state.isMoving) return;
  Object.assign(parts, { frameAt: frameNow(), leftMs: PAUSE_PARTS_MS });
  chart.draw();
}

function begin(
  drawing: Drawing,
  canvas: HTMLCanvasElement = document.createElement('canvas'),
): Picture | undefined {
  const context = canvas.getContext('2d');
  if (!context) return undefined;
  const { frame } = drawing;
  // Setting the size clears it.
  canvas.width = Math.max(1, Math.round(frame.width * frame.ratio));
  canvas.height = Math.max(1, Math.round(frame.height * frame.ratio));
  context.scale(frame.ratio, frame.ratio);
  return { ...drawing, canvas, context, forms: [] };
}

/** The frame that time was taken from, and how much of it is left. */
const parts = { frameAt: -1, leftMs: 0 };

/** The same for all that is drawn in one frame. */
function frameNow(): number {
  return Number(document.timeline.currentTime ?? 0);
}

function partsLeft(): () => boolean {
  const frameAt = frameNow();
  if (parts.frameAt !== frameAt) Object.assign(parts, { frameAt, leftMs: PARTS_MS });
  let before = performance.now();
  return () => {
    const now = performance.now();
    parts.leftMs -= now - before;
    before = now;
    return parts.leftMs > 0;
  };
}

/** Draws the curves that are missing, as long as there is time. Are all there? */
function paintRest(picture: Picture, hasTime?: () => boolean): boolean {
  const { styles, forms, context, frame } = picture;
  const view = viewOf(picture, { start: 0, end: frame.width });
  for (const style of styles.slice(forms.length)) {
    if (hasTime?.() === false) return false;
    forms.push(paintTrace(context, style, view));
    if (hasTime) settle(picture.canvas);
  }
  hasTime?.();
  return true;
}

const onePixel = document.createElement('canvas');

/** A browser only notes what is drawn until somebody wants to see it; then it takes its time for all. */
function settle(canvas: HTMLCanvasElement): void {
  onePixel.getContext('2d')?.drawImage(canvas, 0, 0, 1, 1, 0, 0, 1, 1);
}

/** What stays in view moves by whole pixels of the screen; the rest is drawn. */
function move(picture: Picture, from: number): void {
  const { canvas, context, frame, meaning } = picture;
  const perPixel = meaning.span / (frame.plotWidth * frame.ratio);
  const shift = Math.round((meaning.from - from) / perPixel);
  if (shift === 0) return;
  picture.meaning = { ...meaning, from: meaning.from - shift * perPixel };
  context.save();
  context.resetTransform();
  // Clears what nothing is copied to.
  context.globalCompositeOperation = 'copy';
  context.drawImage(canvas, shift, 0);
  context.restore();
  const px = Math.min(frame.width, Math.abs(shift) / frame.ratio);
  const strip = shift > 0 ? { start: 0, end: px } : { start: frame.width - px, end: frame.width };
  context.save();
  context.beginPath();
  context.rect(strip.start, 0, px, frame.height);
  context.clip();
  const view = viewOf(picture, strip);
  picture.styles.forEach((style, i) => paintTrace(context, style, view, picture.forms[i]));
  context.restore();
}

/** Where it has to lie for its pixels to mean what the axes say. */
function copy(chart: Chart, picture: Picture, drawing: Drawing): void {
  const { ctx } = chart;
  const { left, top, width, height } = drawing.frame;
  // Within half a pixel of the screen it lies where it should, and stays sharp.
  const across = isSameX(picture, drawing) ? { left, width } : stretchX(picture, drawing);
  const upright = isSameY(picture, drawing) ? { top, height } : stretchY(picture, drawing);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.drawImage(picture.canvas, across.left, upright.top, across.width, upright.height);
  ctx.restore();
}

function stretchX({ frame: own, meaning }: Picture, { frame, meaning: { from, span } }: Drawing) {
  const perPx = span / frame.plotWidth;
  const wider = meaning.span / own.plotWidth / perPx;
  return {
    left: frame.left + frame.inset - own.inset * wider + (meaning.from - from) / perPx,
    width: own.width * wider,
  };
}

function stretchY({ frame, meaning: { yMin, yMax }, toPixelY: own }: Picture, drawing: Drawing) {
  const { toPixelY } = drawing;
  const higher = (toPixelY(yMin) - toPixelY(yMax)) / (own(yMin) - own(yMax));
  return {
    top: toPixelY(yMax) + (frame.top - own(yMax)) * higher,
    height: frame.height * higher,
  };
}

/** In pixels of the picture. */
function viewOf(
  { frame, meaning, toPixelY }: Pick<Picture, 'frame' | 'meaning' | 'toPixelY'>,
  strip: { readonly start: number; readonly end: number },
): PaintView {
  const { from, span } = meaning;
  const { inset, plotWidth, top } = frame;
  const { toUnit, toValue } = unitsOf(frame.xType);
  const perPx = span / plotWidth;
  return {
    min: toValue(from + (strip.start - inset - OVERLAP_PX) * perPx),
    max: toValue(from + (strip.end - inset + OVERLAP_PX) * perPx),
    toPixel: (x) => (toUnit(x) - from) / perPx + inset,
    toPixelY: (y) => toPixelY(y) - top,
  };
}

interface Units {
  readonly toUnit: (value: number) => number;
  readonly toValue: (unit: number) => number;
}

const LINEAR: Units = { toUnit: (value) => value, toValue: (unit) => unit };
const LOGARITHMIC: Units = {
  toUnit: (value) => (value > 0 ? Math.log10(value) : Number.NaN),
  toValue: (unit) => 10 ** unit,
};

function unitsOf(type: string): Units {
  return type === 'logarithmic' ? LOGARITHMIC : LINEAR;
}

function isSame<T extends object>(a: T, b: T): boolean {
  return (Object.keys(a) as (keyof T)[]).every((key) => a[key] === b[key]);
}

/** Does moving it make it right? */
function isCurrent(picture: Picture, drawing: Drawing): boolean {
  return (
    isSameX(picture, drawing) &&
    isSameY(picture, drawing) &&
    areSameStyles(picture.styles, drawing.styles)
  );
}

/** But for where it begins, which moving it mends. */
function isSameX(
  { frame: a, meaning: { span } }: Picture,
  { frame: b, meaning }: Drawing,
): boolean {
  return (
    Math.abs(span - meaning.span) <= SAME_SPAN * span &&
    a.left === b.left &&
    a.width === b.width &&
    a.inset === b.inset &&
    a.plotWidth === b.plotWidth
  );
}

function isSameY({ frame: a, meaning: own }: Picture, { frame: b, meaning }: Drawing): boolean {
  return (
    own.yMin === meaning.yMin &&
    own.yMax === meaning.yMax &&
    a.top === b.top &&
    a.height === b.height
  );
}

/** Can one be stretched to the other? */
function isAlike(a: Frame, b: Frame): boolean {
  return a.ratio === b.ratio && a.xType === b.xType && a.yType === b.yType;
}

/** Datasets are made anew with every point of any run; what they say of a curve is compared. */
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
