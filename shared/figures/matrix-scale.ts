// The scale of a finding's matrix and its colour bar, for its pictures as a map and as a surface. Pure.
import type { MatrixFigure } from '../contract/findings.ts';
import { linearTicks } from './axis-range.ts';
import { diverging, toCss, viridis, type Rgb } from './colour-maps.ts';
import { formatLogTick, logTicks } from './log-ticks.ts';
import { element, shortened, text } from './svg.ts';

export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly isLog: boolean;
}

/** The figure's own, or from its smallest to its largest value, around zero as far down as up. */
export function scaleOf({ values, isLog, scale, colours }: MatrixFigure): Scale {
  const known = values.filter(
    (value): value is number => value !== null && Number.isFinite(value) && (!isLog || value > 0),
  );
  if (known.length === 0) return { min: 0, max: 1, isLog: false };
  const [low, high] = scale ?? [Math.min(...known), Math.max(...known)];
  const reach = Math.max(Math.abs(low), Math.abs(high));
  const [min, max] = colours === 'around-zero' ? [-reach, reach] : [low, high];
  return { min, max: max > min ? max : min + (isLog ? min : 1), isLog };
}

/** The colour of a share of the scale. */
export function colourMapOf({ colours }: MatrixFigure): (share: number) => Rgb {
  return colours === 'around-zero' ? diverging : viridis;
}

/** 0 at the scale's lower end, 1 at its upper one; values beyond are held at the ends. */
export function shareOf(value: number, { min, max, isLog }: Scale): number {
  const share = isLog
    ? (Math.log(value) - Math.log(min)) / (Math.log(max) - Math.log(min))
    : (value - min) / (max - min);
  return Math.min(1, Math.max(0, share));
}

export function ticksOf({ min, max, isLog }: Scale, count: number): (readonly [number, string])[] {
  return isLog
    ? logTicks(min, max, count).map((value) => [value, formatLogTick(value)] as const)
    : linearTicks({ min, max }, count).map(
        (value) => [value, String(Number(value.toPrecision(4)))] as const,
      );
}

export interface BarPlace {
  readonly x: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly scale: Scale;
}

export function colourBar(figure: MatrixFigure, place: BarPlace): string {
  const colour = colourMapOf(figure);
  const { x, top: start, width, height, scale } = place;
  const steps = 60;
  const top = start + 18;
  const tall = Math.max(60, height - 18);
  const cells = Array.from({ length: steps }, (_, i) =>
    element('rect', {
      ...{ x, y: top + (1 - (i + 1) / steps) * tall, width: 12, height: tall / steps + 0.5 },
      fill: toCss(colour((i + 0.5) / steps)),
    }),
  );
  const words = ticksOf(scale, 6).map(([value, label]) =>
    text(label, {
      ...{ x: x + 17, y: top + (1 - shareOf(value, scale)) * tall + 4 },
      ...{ 'font-size': 11, fill: 'var(--text-3)' },
    }),
  );
  const title = text(shortened(figure.valueTitle, width - 8), { x, y: start + 8, 'font-size': 11 });
  return [title, ...cells, ...words].join('');
}
