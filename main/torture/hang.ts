// When a process counts as hung: after five seconds of its own processor time without an answer, or after a
// minute on the clock. On a busy machine the clock alone would blame a process that only waits for a processor.
import fs from 'node:fs';

const PROCESSOR_MS = 5000;
const SILENT_MS = 60_000;
const LOOK_MS = 500;
/** Of Linux's clock ticks, one hundred a second. */
const TICK_MS = 10;

/** Returns how to stop watching. */
export function watchForHang(pid: number, onHang: () => void): () => void {
  const startedAt = performance.now();
  const usedBefore = processorMs(pid) ?? 0;
  const timer = setInterval(() => {
    const elapsed = performance.now() - startedAt;
    // Where the system does not say, the clock has to do.
    const used = (processorMs(pid) ?? usedBefore) - usedBefore;
    if (used < PROCESSOR_MS && elapsed < SILENT_MS) return;
    clearInterval(timer);
    onHang();
  }, LOOK_MS);
  return () => clearInterval(timer);
}

function processorMs(pid: number): number | undefined {
  try {
    // Behind the name, which may hold anything: fields 14 and 15 are user and system time.
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ');
    return (Number(fields?.[11]) + Number(fields?.[12])) * TICK_MS;
  } catch {
    return undefined;
  }
}
