// Notices a trainer that hangs. A trainer says that it is alive once a second, from the loop that also does
// its steps: a step, or a call of TensorFlow that never returns, silences it. How long a silence may be
// follows from the longest one since the first step. Time in which this machine slept does not count.
import { inputError } from '../../shared/errors.ts';
import type { Environment } from './trainer-launcher.ts';

export interface SilenceLimits {
  /** Up to the end of the first step: recording a deep network and compiling for a new GPU block the loop. */
  readonly firstMs: number;
  /** After it, at least this long. */
  readonly leastMs: number;
  /** After it, at least so many times the longest silence so far. */
  readonly factor: number;
}

const minuteMs = 60_000;
const usual: SilenceLimits = { firstMs: 60 * minuteMs, leastMs: 5 * minuteMs, factor: 20 };

/** `RESNET_LAB_HANG_SECONDS` replaces the limit after the first step; for slow disks, and for tests. */
export function silenceLimits(env: Environment): SilenceLimits {
  const text = env['RESNET_LAB_HANG_SECONDS'];
  if (text === undefined || text === '') return usual;
  const seconds = Number(text);
  if (!(seconds > 0)) {
    throw inputError(
      'bad-environment',
      `RESNET_LAB_HANG_SECONDS is "${text}"; it must be a number of seconds above 0, or unset.`,
      { path: 'RESNET_LAB_HANG_SECONDS' },
    );
  }
  return { ...usual, leastMs: seconds * 1000, factor: 0 };
}

export interface Silence {
  readonly silentMs: number;
  /** The longest silence between two steps before; undefined before the first step. */
  readonly longestMs: number | undefined;
}

export interface TrainerWatch {
  /** The trainer said something; `isStep` when it tells of steps. */
  onMessage(isStep: boolean): void;
  close(): void;
}

/** `onHang` is called once. */
export function watchTrainer(
  limits: SilenceLimits,
  onHang: (silence: Silence) => void,
): TrainerWatch {
  const tickMs = Math.min(1000, limits.leastMs / 4);
  let silentMs = 0;
  let longestMs: number | undefined;
  let tickedMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    // A longer tick means that this process did not run either.
    silentMs += Math.min(nowMs - tickedMs, 2 * tickMs);
    tickedMs = nowMs;
    const limitMs =
      longestMs === undefined
        ? limits.firstMs
        : Math.max(limits.leastMs, limits.factor * longestMs);
    if (silentMs <= limitMs) return;
    clearInterval(timer);
    onHang({ silentMs, longestMs });
  }, tickMs);
  return {
    onMessage: (isStep) => {
      if (longestMs !== undefined) longestMs = Math.max(longestMs, silentMs);
      else if (isStep) longestMs = 0;
      silentMs = 0;
    },
    close: () => clearInterval(timer),
  };
}
