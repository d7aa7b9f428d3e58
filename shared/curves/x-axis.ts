// What stands along the bottom of a curve: step, epoch, wall clock, or training time, and how it is written.
// Pure, and without a schema: exported pages carry it.
import { formatDuration, formatExact } from '../format.ts';

export type XKind = 'step' | 'epoch' | 'time' | 'clock';

export const X_KINDS: readonly { readonly kind: XKind; readonly label: string }[] = [
  { kind: 'step', label: 'Step' },
  { kind: 'epoch', label: 'Epoch' },
  { kind: 'time', label: 'Time' },
  { kind: 'clock', label: 'Clock' },
];

export const X_TITLES: Readonly<Record<XKind, string>> = {
  step: 'Step',
  epoch: 'Epoch',
  time: 'Training time, pauses excluded',
  clock: 'Wall clock',
};

/** `1,200`, `3.5`, `2 min 5 s`, `14:05`; `spread` is the visible range, which says how fine. */
export function formatX(kind: XKind, value: number, spread: number): string {
  switch (kind) {
    case 'step':
      return formatExact(Math.round(value));
    case 'epoch':
      return String(Number(value.toPrecision(spread < 1 ? 5 : 4)));
    case 'time':
      return value === 0 ? '0' : formatDuration(value);
    case 'clock':
      return clockText(new Date(value), spread);
  }
}

function clockText(date: Date, spread: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (spread < 10 * 60_000) return `${time}:${two(date.getSeconds())}`;
  if (spread < 20 * 3_600_000) return time;
  return `${two(date.getDate())}.${two(date.getMonth() + 1)}. ${time}`;
}

/** Distances between ticks that people read at a glance, for durations. */
const TIME_STEPS_MS = [
  100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
];

/** The step for a linear axis over `spread` with about `count` ticks; undefined: any round one. */
export function tickStep(kind: XKind, spread: number, count: number): number | undefined {
  if (kind !== 'time' && kind !== 'clock') return undefined;
  const wanted = spread / Math.max(1, count);
  return TIME_STEPS_MS.find((step) => step >= wanted);
}

/** How a place stands in a CSV: its column's name, with the unit, and its text. */
export function csvX(kind: XKind): {
  readonly name: string;
  readonly format: (value: number) => string;
} {
  if (kind === 'clock')
    return { name: 'wall clock', format: (value) => new Date(value).toISOString() };
  const name = kind === 'time' ? 'training time (ms)' : kind;
  return { name, format: (value) => String(Number(value.toPrecision(12))) };
}
