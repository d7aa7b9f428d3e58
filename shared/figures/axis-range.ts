// The range of an axis: round ends, and growth in steps while a run is live, so that nothing jumps
// with every point. Pure.
import { isEmpty, type Extent } from './extent.ts';

export interface AxisRange {
  readonly min: number;
  readonly max: number;
}

/** Ends at 1, 2, 2.5, 5 × 10ⁿ steps, about a sixth of the spread each; empty data gives 0 to 1. */
export function linearRange(extent: Extent): AxisRange {
  if (isEmpty(extent)) return { min: 0, max: 1 };
  let { low, high } = extent;
  if (low === high) {
    const room = Math.abs(low) * 0.1 || 1;
    low -= room;
    high += room;
  }
  const step = roundStep((high - low) / 6);
  return { min: trim(Math.floor(low / step) * step), max: trim(Math.ceil(high / step) * step) };
}

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

/** Multiples of a round step (or of `step`) within the range, about `count` of them. */
export function linearTicks({ min, max }: AxisRange, count: number, step?: number): number[] {
  if (!(max > min)) return [min];
  const apart = step ?? roundStep((max - min) / count);
  const ticks: number[] = [];
  // By counting, not adding: sums of tenths drift.
  const first = Math.ceil(min / apart - 1e-9);
  const last = Math.floor(max / apart + 1e-9);
  for (let i = first; i <= last; i++) ticks.push(trim(i * apart));
  return ticks;
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate >= lead - 1e-9) ?? 10;
  return factor * power;
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
