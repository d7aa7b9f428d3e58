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
