// The states of a run, in one place for library, contract and page.

export const RUN_STATUSES = [
  'queued',
  'running',
  'paused',
  'interrupted',
  'finished',
  'failed',
] as const;

export type RunStatus = (typeof RUN_STATUSES)[number];

const WORDS: Readonly<Record<RunStatus, string>> = {
  queued: 'Queued',
  running: 'Running',
  paused: 'Paused',
  interrupted: 'Interrupted',
  finished: 'Finished',
  failed: 'Failed',
};

/**
 * What a status is called. A run that somebody stopped has an end; one whose process is gone has none, and
 * only that one is interrupted.
 */
export function statusWord(status: RunStatus, finishedAt?: string | null): string {
  const isStopped = status === 'interrupted' && finishedAt !== null && finishedAt !== undefined;
  return isStopped ? 'Stopped' : WORDS[status];
}
