// What other processes ask of a run that this one trains outside the queue: the app's Pause and Stop
// reach a training in a terminal through the library. Looking costs one small read as long as nothing
// has changed.
import { AppError } from '../../shared/errors.ts';
import type { Library } from '../store/library.ts';
import type { QueueWish } from '../store/queue.ts';

export interface RunWishes {
  close(): void;
}

const pollIntervalMs = 500;

export function followRunWishes(
  library: Library,
  id: string,
  onWish: (wish: QueueWish) => void,
): RunWishes {
  let current: QueueWish | undefined;
  let seenVersion: string | undefined;

  const look = (): void => {
    try {
      const version = library.version();
      if (version === seenVersion) return;
      current = library.runs.wishOf(id) ?? undefined;
      seenVersion = version;
    } catch (error) {
      // The disk is away or another process writes: the next look may succeed. What the training itself
      // fails to write is reported by the training.
      if (error instanceof AppError) return;
      throw error;
    }
    if (current !== undefined) onWish(current);
  };

  const timer = setInterval(look, pollIntervalMs);
  timer.unref();
  return {
    close: () => clearInterval(timer),
  };
}
