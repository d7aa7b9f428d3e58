// The range of an axis: round ends, and growth in steps while a run is live, so that nothing jumps
// with every point. Pure.
import { isEmpty, type Extent } from './trace.ts';

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

/** The far end of a live x axis: what is there plus room, in steps of the same size. */
export function growingEnd(end: number): number {
  if (!(end > 0)) return 1;
  // A quarter of the leading power: 100 → 125 → 150 …, 1000 → 1250 …
  const step = 10 ** Math.floor(Math.log10(end)) / 4;
  return trim(Math.ceil((end * 1.0001) / step) * step);
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
