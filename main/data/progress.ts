// Progress, cancelling and yielding while a dataset is opened: long loops call one `ProgressMeter` per item.
// Reports at most ten times a second, so that a caller may forward each of them.
import { failure } from '../../shared/errors.ts';

export interface DataProgress {
  /**
   * `unpack` an archive (in MiB of it), `list` files, `measure` their headers, `decode` pixels into the
   * cache, or `copy` them where they are no files to decode, `read` the cache, `compare` its images.
   */
  readonly stage: 'unpack' | 'list' | 'measure' | 'decode' | 'copy' | 'read' | 'compare';
  readonly done: number;
  /** Unknown while listing: then equal to `done`. */
  readonly total: number;
  /** Of whatever is counted. */
  readonly imagesPerSecond: number;
}

export interface Watch {
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ProgressMeter {
  /** Counts items. A promise is returned only when it is time to let other work run. */
  advance(count?: number): Promise<void> | undefined;
  /** Reports the final count. */
  finish(): void;
}

const REPORT_INTERVAL_MS = 100;
const YIELD_INTERVAL_MS = 15;

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelled(signal);
}

export function cancelled(signal: AbortSignal): Error {
  return failure(
    'cancelled',
    'Opening the dataset was cancelled; the next time goes on with what was decoded.',
    { cause: signal.reason },
  );
}

/** `total` undefined: not known yet. */
export function createProgressMeter(
  stage: DataProgress['stage'],
  total: number | undefined,
  watch: Watch,
  /** Items that were done before; they do not count for the speed. */
  before = 0,
): ProgressMeter {
  const startedMs = performance.now();
  let reportedMs = startedMs;
  let yieldedMs = startedMs;
  let done = before;
  const report = (nowMs: number): void => {
    reportedMs = nowMs;
    const seconds = (nowMs - startedMs) / 1000;
    watch.onProgress?.({
      stage,
      done,
      total: total ?? done,
      imagesPerSecond: seconds > 0 ? (done - before) / seconds : 0,
    });
  };
  return {
    advance: (count = 1) => {
      done += count;
      throwIfCancelled(watch.signal);
      const nowMs = performance.now();
      if (nowMs - reportedMs >= REPORT_INTERVAL_MS) report(nowMs);
      if (nowMs - yieldedMs < YIELD_INTERVAL_MS) return undefined;
      return new Promise((resolve) => {
        setImmediate(() => {
          yieldedMs = performance.now();
          resolve();
        });
      });
    },
    finish: () => report(performance.now()),
  };
}
