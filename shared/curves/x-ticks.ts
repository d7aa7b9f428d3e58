// Where ticks of a curve's horizontal axis stand: whole steps, and round distances of time. Pure.
import { linearTicks, multiples, type AxisRange } from '../figures/axis-range.ts';
import { tickStep, type XKind } from './x-axis.ts';

export function xTicks(kind: XKind, range: AxisRange, count: number): number[] {
  const step = tickStep(kind, range.max - range.min, count);
  const ticks = step === undefined ? linearTicks(range, count) : multiples(range, step);
  // Steps are whole; a deep zoom must not invent halves.
  return kind === 'step' ? ticks.filter(Number.isInteger) : ticks;
}
