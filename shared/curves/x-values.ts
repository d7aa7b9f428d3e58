// Where the points of a run's series stand on a horizontal axis. Pure.
import { wallClock, type Stretch } from '../contract/run-clock.ts';
import type { SeriesAxis } from '../contract/imported-run.ts';
import type { XKind } from './x-axis.ts';

export interface XSource {
  readonly steps: Int32Array;
  /** Training time at each point, pauses excluded; not there where nobody asked for it. */
  readonly elapsedMs?: Float64Array | undefined;
}

export interface XContext {
  /** Null while unknown: the trainer says it once the data is open. */
  readonly stepsPerEpoch: number | null;
  /** Of a run whose length is told in epochs: what fills up its last batch goes no further. */
  readonly epochs?: number;
  /** When it trained; empty before it has. */
  readonly stretches: readonly Stretch[];
  /** Of a series of an imported run: all that is known of its places. */
  readonly axis?: SeriesAxis | undefined;
}

/** Whether the axis shows times, so that those of the points are needed. */
export function hasTimes(kind: XKind): boolean {
  return kind === 'time' || kind === 'clock';
}

/** Null where the run doesn't know what it takes: no epoch length yet, not started. */
export function xValues(source: XSource, kind: XKind, context: XContext): Float64Array | null {
  const { steps, elapsedMs } = source;
  const { axis } = context;
  if (axis !== undefined) return importedXValues(source, kind, { ...context, axis });
  switch (kind) {
    case 'step':
      return new Float64Array(steps);
    case 'epoch': {
      const { stepsPerEpoch, epochs } = context;
      return stepsPerEpoch === null
        ? null
        : Float64Array.from(steps, (step) => Math.min(step / stepsPerEpoch, epochs ?? Infinity));
    }
    case 'time':
      return elapsedMs ?? null;
    case 'clock': {
      const { stretches } = context;
      return stretches.length === 0 ? null : (elapsedMs?.map(wallClock(stretches)) ?? null);
    }
  }
}

function importedXValues(
  { steps, elapsedMs }: XSource,
  kind: XKind,
  { axis, stretches }: XContext & { readonly axis: SeriesAxis },
): Float64Array | null {
  switch (kind) {
    case 'step':
      return axis.x === 'step' ? new Float64Array(steps) : null;
    case 'epoch': {
      const { perEpoch = 1 } = axis;
      return axis.x === 'epoch' ? Float64Array.from(steps, (step) => step / perEpoch) : null;
    }
    case 'time':
      return axis.hasTime ? (elapsedMs ?? null) : null;
    case 'clock':
      return axis.hasTime && stretches.length > 0
        ? (elapsedMs?.map(wallClock(stretches)) ?? null)
        : null;
  }
}
