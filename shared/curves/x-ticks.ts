// Where ticks of a curve's horizontal axis stand: whole steps, and round distances of time. Pure.
import { linearTicks, type AxisRange } from '../figures/axis-range.ts';
import { tickStep, type XKind } from './x-axis.ts';

export function xTicks(kind: XKind, { min, max }: AxisRange, count: number): number[] {
  const ticks = linearTicks({ min, max }, count, tickStep(kind, max - min, count));
  // Steps are whole; a deep zoom must not invent halves.
  return kind === 'step' ? ticks.filter(Number.isInteger) : ticks;
}
