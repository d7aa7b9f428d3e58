// The last message of a job that has done what it was asked for. A training says more: train-job.ts.
import type { HostLink } from './host-link.ts';

/** `started` is `performance.now()` at the job's beginning; `step` of the weights it worked with. */
export async function sendDone(host: HostLink, started: number, step = 0): Promise<void> {
  await host.send({
    kind: 'done',
    outcome: 'finished',
    step,
    elapsedMs: performance.now() - started,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  });
}
