// Series as the library keeps them, from points in any order: places rise strictly, and of several points
// at one place the last stays. Pure.
import type { NotUsed, SeriesAxis } from '../../shared/contract/imported-run.ts';
import { formatQuantity } from '../../shared/format.ts';
import type { ForeignSeries } from './foreign-run.ts';

/** What of a series the store takes. */
export interface StoredPoints {
  readonly name: string;
  readonly unit: string;
  readonly steps: Int32Array;
  /** NaN where no time is known. */
  readonly elapsedMs: Float64Array;
  readonly values: Float32Array;
}

export interface Stored {
  readonly points: StoredPoints;
  readonly axis: SeriesAxis;
  readonly notUsed: readonly NotUsed[];
}

const LARGEST_STEP = 2 ** 31 - 1;
/** Millionths of an epoch tell the steps of any run apart. */
const FRACTIONS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];

/** `startedAtMs`: since when times count. Undefined where no point has a place. */
export function toStored(series: ForeignSeries, startedAtMs: number): Stored | undefined {
  const { name, axis, xs, values, times } = series;
  const order = lastAtEach(xs);
  if (order.length === 0) return undefined;
  const perEpoch = axis === 'epoch' ? fractionsOf(order.map((i) => xs[i] ?? 0)) : undefined;
  const steps = stepsOf(series, order, perEpoch ?? 1);
  // Fractions finer than the store's may meet.
  const kept = order.filter((_, i) => steps[i] !== steps[i + 1]);
  const keptSteps = steps.filter((step, i) => step !== steps[i + 1]);
  const elapsed = kept.map((i) => (times[i] ?? Number.NaN) - startedAtMs);
  const repeated = xs.filter((x) => Number.isFinite(x)).length - kept.length;
  return {
    points: {
      ...{ name, unit: unitOf(name) },
      steps: Int32Array.from(keptSteps),
      elapsedMs: Float64Array.from(elapsed),
      values: Float32Array.from(kept, (i) => values[i] ?? Number.NaN),
    },
    axis: {
      x: axis,
      ...(perEpoch === undefined ? {} : { perEpoch }),
      hasTime: elapsed.every((time) => Number.isFinite(time)),
    },
    notUsed:
      repeated > 0
        ? [
            {
              name: `${name}: ${formatQuantity(repeated, 'point')}`,
              reason: `another one stands at the same ${axis}`,
            },
          ]
        : [],
  };
}

/** Indices by rising place; of equal places the last one given. */
function lastAtEach(xs: readonly number[]): number[] {
  const order = Array.from(xs.keys()).filter((i) => Number.isFinite(xs[i]));
  order.sort((a, b) => (xs[a] ?? 0) - (xs[b] ?? 0) || a - b);
  return order.filter((index, i) => {
    const next = order[i + 1];
    return next === undefined || xs[next] !== xs[index];
  });
}

function stepsOf(
  { axis, xs }: ForeignSeries,
  order: readonly number[],
  perEpoch: number,
): number[] {
  // A place in time needs no number; the store wants one that rises.
  if (axis === 'time') return order.map((_, i) => i + 1);
  return order.map((i) => Math.round((xs[i] ?? 0) * perEpoch));
}

/** The fewest parts of an epoch that all places are whole numbers of; else as many as fit. */
function fractionsOf(xs: readonly number[]): number {
  const most = xs.reduce((a, b) => Math.max(a, Math.abs(b)), 1);
  const fitting = FRACTIONS.filter((parts) => most * parts <= LARGEST_STEP);
  const isWhole = (parts: number): boolean =>
    xs.every((x) => Math.abs(x * parts - Math.round(x * parts)) < 1e-6 * parts);
  return fitting.find(isWhole) ?? fitting.at(-1) ?? 1;
}

function unitOf(name: string): string {
  if (name.endsWith('/accuracy')) return 'fraction';
  return name.endsWith('/loss') ? 'nats' : '';
}
