// Where the points of a run's series stand on a horizontal axis. Pure.
import { wallClock, type Stretch } from '../contract/run-clock.ts';
import type { XKind } from './x-axis.ts';

export interface XSource {
  readonly steps: Int32Array;
  /** Training time at each point, pauses excluded. */
  readonly elapsedMs: Float64Array;
}

export interface XContext {
  /** Null while unknown: the trainer says it once the data is open. */
  readonly stepsPerEpoch: number | null;
  /** Of a run whose length is told in epochs: what fills up its last batch goes no further. */
  readonly epochs?: number;
  /** When it trained; empty before it has. */
  readonly stretches: readonly Stretch[];
}

/** Null where the run doesn't know what it takes: no epoch length yet, not started. */
export function xValues(source: XSource, kind: XKind, context: XContext): Float64Array | null {
  const { steps, elapsedMs } = source;
  switch (kind) {
    case 'step':
      return Float64Array.from(steps);
    case 'epoch': {
      const { stepsPerEpoch, epochs } = context;
      return stepsPerEpoch === null
        ? null
        : Float64Array.from(steps, (step) => Math.min(step / stepsPerEpoch, epochs ?? Infinity));
    }
    case 'time':
      return elapsedMs;
    case 'clock': {
      const { stretches } = context;
      return stretches.length === 0 ? null : elapsedMs.map(wallClock(stretches));
    }
  }
}
