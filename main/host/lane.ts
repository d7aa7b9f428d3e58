// Work that must not overlap: one after the other, in the order it was asked for. Trainings on one CPU
// would only slow each other down.
import { failure } from '../../shared/errors.ts';

export interface Lane {
  readonly isBusy: boolean;
  /** Rejects with `cancelled` if the signal fires before its turn. */
  enter<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createLane(): Lane {
  let last: Promise<unknown> = Promise.resolve();
  let waitingOrRunning = 0;
  return {
    get isBusy() {
      return waitingOrRunning > 0;
    },
    enter: async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
      let hasBegun = false;
      waitingOrRunning++;
      const turn = last.then(async () => {
        if (signal?.aborted === true) throw cancelled();
        hasBegun = true;
        return await work();
      });
      // The next one comes whether this one succeeds or not.
      last = turn.catch(() => undefined);
      const leftEarly = new Promise<never>((_, reject) => {
        signal?.addEventListener('abort', () => {
          if (!hasBegun) reject(cancelled());
        });
      });
      try {
        return await Promise.race([turn, leftEarly]);
      } finally {
        waitingOrRunning--;
      }
    },
  };
}

function cancelled(): Error {
  return failure('cancelled', 'It was stopped before its turn came.');
}
