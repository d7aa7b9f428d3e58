// The range of an axis: round ends, and growth in steps while a run is live, so that nothing jumps
// with every point. Pure.
import { nice, range, ticks } from 'd3-array';
import { isEmpty, type Extent } from './extent.ts';

export interface AxisRange {
  readonly min: number;
  readonly max: number;
}

/** Ends at 1, 2 or 5 × 10ⁿ steps, about a sixth of the spread each; empty data gives 0 to 1. */
export function linearRange(extent: Extent): AxisRange {
  if (isEmpty(extent)) return { min: 0, max: 1 };
  const room = extent.low === extent.high ? Math.abs(extent.low) * 0.1 || 1 : 0;
  const [min, max] = nice(extent.low - room, extent.high + room, RANGE_STEPS);
  return { min, max };
}

const RANGE_STEPS = 6;

/** Whole powers of ten, or of 1, 2, 5 within less than two; only values above zero count. */
export function logRange(extent: Extent): AxisRange {
  if (isEmpty(extent) || extent.high <= 0) return { min: 0.1, max: 1 };
  const low = extent.low > 0 ? extent.low : extent.high / 1e6;
  return { min: logBelow(low), max: logAbove(extent.high) };
}

/** The far end of a live x axis: what is there, and up to a third more, so that it moves rarely. */
export function growingEnd(end: number): number {
  if (!(end > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(end));
  const lead = GROWTH_LEADS.find((candidate) => candidate * power > end) ?? 10;
  return trim(lead * power);
}

const GROWTH_LEADS = [1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** Multiples of a round step within the range, about `count` of them. */
export function linearTicks({ min, max }: AxisRange, count: number): number[] {
  return max > min ? ticks(min, max, count) : [min];
}

/** Multiples of `step` within the range. By counting, not adding: sums of tenths drift. */
export function multiples({ min, max }: AxisRange, step: number): number[] {
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  return range(first, last + 1).map((count) => trim(count * step));
}

function logBelow(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const lead = [5, 2, 1].find((candidate) => candidate * power <= value * (1 + 1e-9)) ?? 1;
  return trim(lead * power);
}

function logAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const lead = [1, 2, 5, 10].find((candidate) => candidate * power >= value * (1 - 1e-9)) ?? 10;
  return trim(lead * power);
}

/** Without the dust of binary fractions: 0.30000000000000004 → 0.3. */
function trim(value: number): number {
  return Number(value.toPrecision(12));
}
