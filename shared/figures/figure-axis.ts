// One axis of a chart: its range, where its ticks stand and how they are written. Pure. Painters ask for the
// ticks with the room that they have, so that a chart has the same ones wherever it is drawn.
import { linearRange, linearTicks, logRange, type AxisRange } from './axis-range.ts';
import type { Extent } from './extent.ts';
import { formatLogTick, logTicks } from './log-ticks.ts';

export interface FigureAxis extends AxisRange {
  readonly title: string;
  readonly isLog: boolean;
  /** Values of the ticks on an axis of that length, rising. */
  readonly ticks: (lengthPx: number) => number[];
  readonly text: (value: number) => string;
}

/** How an axis lies: labels of an upright one never touch each other. */
export type AxisSide = 'across' | 'up';

export interface AxisInput {
  readonly title: string;
  readonly side: AxisSide;
  readonly isLog: boolean;
  /** Plain numbers without. */
  readonly text?: (value: number) => string;
  /** About `count` places within the range; round numbers without. */
  readonly places?: (range: AxisRange, count: number) => number[];
}

/** Room of a tick, and between how many an axis has. */
const DENSITY: Readonly<Record<AxisSide, { pxEach: number; least: number; most: number }>> = {
  across: { pxEach: 70, least: 4, most: 8 },
  up: { pxEach: 40, least: 2, most: 6 },
};
/** Average width of a letter of a tick, and what stays free between two labels. */
const LETTER_PX = 6.4;
const BETWEEN_PX = 16;
const LEAST_TICKS = 2;

export function figureAxis(
  { title, side, isLog, text, places = linearTicks }: AxisInput,
  range: AxisRange,
): FigureAxis {
  const hasPowers = isLog && !isNarrow(range);
  const written = remembered(text ?? (hasPowers ? formatLogTick : numberText(range)));
  const placed = (count: number): number[] =>
    hasPowers ? logTicks(range.min, range.max, count) : places(range, count);
  return {
    ...{ title, isLog, min: range.min, max: range.max, text: written },
    ticks: (lengthPx) => {
      const { pxEach, least, most } = DENSITY[side];
      const wanted = Math.max(least, Math.min(most, lengthPx / pxEach));
      // Powers of ten are few and short.
      const count = hasPowers ? Math.max(wanted, most) : wanted;
      return side === 'up' ? placed(count) : fitting(placed, { count, lengthPx, written });
    },
  };
}

/** A tick is written when its room is found, and once more when it is painted. */
function remembered(write: (value: number) => string): (value: number) => string {
  const texts = new Map<number, string>();
  return (value) => {
    const text = texts.get(value) ?? write(value);
    texts.set(value, text);
    return text;
  };
}

/** As many as have room beside each other. */
function fitting(
  placed: (count: number) => number[],
  room: {
    readonly count: number;
    readonly lengthPx: number;
    readonly written: (value: number) => string;
  },
): number[] {
  for (let count = room.count; ; count--) {
    const values = placed(count);
    const letters = Math.max(0, ...values.map((value) => room.written(value).length));
    const neededPx = (letters * LETTER_PX + BETWEEN_PX) * (values.length - 1);
    if (count <= LEAST_TICKS || neededPx <= room.lengthPx) return values;
  }
}

/** An axis with round ends around the data; `isTight` has it end where the data does. */
export function axisAround(
  input: AxisInput & { readonly isTight?: boolean },
  extent: Extent,
): FigureAxis {
  const { isTight = false, isLog } = input;
  const isExact = isTight && extent.high > extent.low && (!isLog || extent.low > 0);
  return figureAxis(
    input,
    isExact ? { min: extent.low, max: extent.high } : roundRange(extent, isLog),
  );
}

/** Round ends; on a logarithmic axis powers, unless the values are too close together for them. */
export function roundRange(extent: Extent, isLog: boolean): AxisRange {
  const range = linearRange(extent);
  if (!isLog) return range;
  return isNarrow(range) ? range : logRange(extent);
}

/** Within less than this, round numbers are as good on a logarithmic axis as powers, and closer. */
const NARROW_RATIO = 4;

function isNarrow({ min, max }: AxisRange): boolean {
  return min > 0 && max / min < NARROW_RATIO;
}

/** Digits enough to tell the ticks of the range apart, and four at least. */
function numberText({ min, max }: AxisRange): (value: number) => string {
  const largest = Math.max(Math.abs(min), Math.abs(max));
  const beyond = max > min && largest > 0 ? Math.ceil(Math.log10(largest / (max - min))) : 0;
  const digits = Math.min(MOST_DIGITS, Math.max(LEAST_DIGITS, beyond + 3));
  return (value) => String(Number(value.toPrecision(digits)));
}

const LEAST_DIGITS = 4;
const MOST_DIGITS = 12;
