// Notices that the process which started this one is gone. Electron ends its utility processes when it quits,
// but not when its main process is killed.
import process from 'node:process';

const LOOK_MS = 1000;

/** Calls once, within about a second. Returns how to stop watching. */
export function watchParent(onGone: () => void, lookMs = LOOK_MS): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    // Unix gives an orphan another parent; Windows keeps the number of one that has ended.
    if (process.ppid === parent && isAlive(parent)) return;
    clearInterval(timer);
    onGone();
  }, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
