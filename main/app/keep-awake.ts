// The machine does not fall asleep by itself while something trains. The screen may: nobody has to watch.
import type { ElectronParts } from './electron-parts.ts';

const LOOK_MS = 5000;

/** Looks now and then for as long as the app runs; returns how to stop that. */
export function keepAwake(
  blocker: Pick<ElectronParts['powerSaveBlocker'], 'start' | 'stop'>,
  activeRuns: () => number,
  lookMs = LOOK_MS,
): () => void {
  let id: number | undefined;
  const release = (): void => {
    if (id !== undefined) blocker.stop(id);
    id = undefined;
  };
  const timer = setInterval(() => {
    if (activeRuns() === 0) release();
    else id ??= blocker.start('prevent-app-suspension');
  }, lookMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    release();
  };
}
