// Time that passes only when a test says so.
import type { Clock } from '../reconnecting-wire.ts';

export interface ManualClock extends Clock {
  /** The pauses that are being waited for, in milliseconds from when they began. */
  readonly pauses: readonly number[];
  /** Lets time pass and what falls due happen. */
  pass(durationMs: number): void;
}

export function manualClock(): ManualClock {
  let now = 0;
  let waiting: { readonly dueMs: number; readonly delayMs: number; readonly action: () => void }[] =
    [];
  return {
    now: () => now,
    after: (delayMs, action) => {
      const entry = { dueMs: now + delayMs, delayMs, action };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    get pauses() {
      return waiting.map(({ delayMs }) => delayMs);
    },
    pass: (durationMs) => {
      now += durationMs;
      const due = waiting.filter(({ dueMs }) => dueMs <= now);
      waiting = waiting.filter(({ dueMs }) => dueMs > now);
      for (const { action } of due) action();
    },
  };
}
