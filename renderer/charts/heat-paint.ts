// Paints a heat map with its axes: the cells, stage boundaries, steps at the left, the logarithmic
// colour bar at the right. One canvas, so that a PNG holds all of it.
import { formatExact } from '../../shared/format.ts';
import { toCss, viridis } from '../../shared/figures/colour-maps.ts';
import { xTicks } from '../../shared/curves/x-ticks.ts';
import {
  INFINITE_COLOUR,
  logShare,
  NAN_COLOUR,
  ZERO_COLOUR,
  type HeatPixels,
} from '../../shared/figures/heat-pixels.ts';
import { formatLogTick, logTicks } from '../../shared/figures/log-ticks.ts';
import type { ChartTheme } from './theme.ts';

export interface HeatColumn {
  /** `layer2.0`, or `layer2.0.conv1`. */
  readonly name: string;
  /** Where it stands between the left and the right edge, as shares of the width. */
  readonly from: number;
  readonly to: number;
}

/** Columns that belong together: `stem`, `layer1` …, `head`. */
export interface HeatStage {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface HeatFrame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface HeatPicture {
  readonly columns: readonly HeatColumn[];
  readonly stages: readonly HeatStage[];
  readonly pixels: HeatPixels;
  /** The cells as a canvas of one pixel each. */
  readonly texture: CanvasImageSource;
  readonly endStep: number;
  /** Written along the colour bar. */
  readonly quantity: string;
  readonly theme: ChartTheme;
  readonly selected: ReadonlySet<string>;
}

const STAGES_PX = 22;
/** Shared with whoever draws the network above, so that its columns meet these. */
export const HEAT_LEFT_PX = 64;
export const HEAT_RIGHT_PX = 92;

export function heatFrame(widthPx: number, heightPx: number): HeatFrame {
  return {
    left: HEAT_LEFT_PX,
    right: widthPx - HEAT_RIGHT_PX,
    top: 6,
    bottom: heightPx - STAGES_PX,
  };
}

export function paintHeatMap(
  context: CanvasRenderingContext2D,
  widthPx: number,
  heightPx: number,
  picture: HeatPicture,
): void {
  const frame = heatFrame(widthPx, heightPx);
  context.clearRect(0, 0, widthPx, heightPx);
  context.imageSmoothingEnabled = false;
  paintCells(context, frame, picture);
  paintStages(context, frame, picture);
  paintSelection(context, frame, picture);
  paintSteps(context, frame, picture);
  paintBar(context, frame, picture);
}

function paintCells(
  context: CanvasRenderingContext2D,
  frame: HeatFrame,
  picture: HeatPicture,
): void {
  const { left, right, top, bottom } = frame;
  const { columns, theme, texture } = picture;
  const { layout } = picture.pixels;
  // The top row may reach beyond the axis; it ends where its steps do.
  const height = ((bottom - top) * layout.rows * layout.rowSteps) / picture.endStep;
  const width = right - left;
  context.save();
  context.beginPath();
  context.rect(left, top, width, bottom - top);
  context.clip();
  if (areEven(columns)) {
    context.drawImage(texture, left, bottom - height, width, height);
  } else {
    columns.forEach(({ from, to }, i) => {
      const place = [left + from * width, bottom - height, (to - from) * width, height] as const;
      context.drawImage(texture, i, 0, 1, layout.rows, ...place);
    });
  }
  context.restore();
  context.strokeStyle = theme.grid;
  context.lineWidth = 1;
  context.strokeRect(left - 0.5, top - 0.5, width + 1, bottom - top + 1);
}

/** White within dark: seen on every colour of the map. */
function paintSelection(
  context: CanvasRenderingContext2D,
  frame: HeatFrame,
  { columns, selected }: HeatPicture,
): void {
  const { left, right, top, bottom } = frame;
  for (const { name, from, to } of columns) {
    if (!selected.has(name)) continue;
    const x = left + from * (right - left);
    const width = Math.max(2, (to - from) * (right - left));
    context.strokeStyle = 'rgb(0 0 0 / 70%)';
    context.lineWidth = 4;
    context.strokeRect(x + 2, top + 2, width - 4, bottom - top - 4);
    context.strokeStyle = 'white';
    context.lineWidth = 2;
    context.strokeRect(x + 2, top + 2, width - 4, bottom - top - 4);
  }
}

/** Columns of one width without gaps are one picture; others are laid out one by one. */
function areEven(columns: readonly HeatColumn[]): boolean {
  const width = 1 / columns.length;
  return columns.every(
    ({ from, to }, i) => Math.abs(from - i * width) < 1e-6 && Math.abs(to - from - width) < 1e-6,
  );
}

function paintStages(
  context: CanvasRenderingContext2D,
  frame: HeatFrame,
  picture: HeatPicture,
): void {
  const { stages, theme } = picture;
  const width = frame.right - frame.left;
  context.font = `12px ${theme.font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const { name, from, to } of stages) {
    const left = frame.left + from * width;
    const right = frame.left + to * width;
    if (from > 0) {
      const x = Math.round(left);
      context.fillStyle = theme.surface;
      context.fillRect(x - 1, frame.top, 2, frame.bottom - frame.top);
      context.fillStyle = theme.border;
      context.fillRect(x - 0.5, frame.bottom, 1, STAGES_PX - 6);
    }
    if (context.measureText(name).width < right - left - 4) {
      context.fillStyle = theme.faint;
      context.fillText(name, (left + right) / 2, frame.bottom + STAGES_PX / 2);
    }
  }
}

function paintSteps(
  context: CanvasRenderingContext2D,
  frame: HeatFrame,
  picture: HeatPicture,
): void {
  const { endStep, theme } = picture;
  const { left, top, bottom } = frame;
  context.font = `12px ${theme.font}`;
  context.fillStyle = theme.faint;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const step of stepTicks(endStep)) {
    const y = bottom - ((bottom - top) * step) / endStep;
    context.fillText(formatExact(step), left - 8, Math.min(bottom - 6, Math.max(top + 6, y)));
    context.fillRect(left - 4, Math.round(y), 4, 1);
  }
  context.save();
  context.translate(10, (top + bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = 'center';
  context.fillText('Step →', 0, 0);
  context.restore();
}

/** Whole steps at round distances. */
export function stepTicks(endStep: number): number[] {
  return xTicks('step', { min: 0, max: endStep }, 5);
}

function paintBar(context: CanvasRenderingContext2D, frame: HeatFrame, picture: HeatPicture): void {
  const { pixels, theme } = picture;
  const { layout } = pixels;
  const left = frame.right + 14;
  const { top, bottom } = frame;
  const keys = [
    ...(pixels.hasNaN ? [{ text: 'NaN', colour: NAN_COLOUR }] : []),
    ...(pixels.hasInfinite ? [{ text: '∞', colour: INFINITE_COLOUR }] : []),
    ...(pixels.hasZero ? [{ text: '0', colour: ZERO_COLOUR }] : []),
  ];
  const end = bottom - keys.length * 18;
  const gradient = context.createLinearGradient(0, end, 0, top);
  for (let i = 0; i <= 16; i++) gradient.addColorStop(i / 16, toCss(viridis(i / 16)));
  context.fillStyle = gradient;
  context.fillRect(left, top, 12, end - top);
  context.font = `12px ${theme.font}`;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (const tick of logTicks(layout.min, layout.max, Math.max(3, Math.floor((end - top) / 26)))) {
    const y = end - logShare(tick, layout) * (end - top);
    context.fillStyle = theme.faint;
    context.fillRect(left + 12, Math.round(y), 4, 1);
    context.fillText(formatLogTick(tick), left + 20, Math.min(end - 5, Math.max(top + 6, y)));
  }
  keys.forEach(({ text, colour }, i) => {
    const y = end + i * 18 + 6;
    context.fillStyle = toCss(colour);
    context.fillRect(left, y, 12, 12);
    context.fillStyle = theme.faint;
    context.fillText(text, left + 20, y + 6.5);
  });
  context.save();
  context.translate(left + 70, (top + bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = 'center';
  context.fillText(`${picture.quantity}, log scale`, 0, 0);
  context.restore();
}
