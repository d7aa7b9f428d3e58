// Tells a run that merely goes on from one that something happened to. Pure.
import type { RunEvent, RunRow } from './runs.ts';

/** Of these only the latest counts, and it can wait for a moment. */
const GROWING_KINDS: readonly RunEvent['kind'][] = ['progress', 'preparing', 'points'];

/** Is it news? `before` is the run as it was last known. */
export function isNews(event: RunEvent, before: RunRow | undefined): boolean {
  if (event.kind !== 'changed') return !GROWING_KINDS.includes(event.kind);
  return before === undefined || !isSameButGrown(before, event.run);
}

export function runOf(event: RunEvent): string {
  return event.kind === 'changed' ? event.run.id : event.id;
}

function isSameButGrown(before: RunRow, after: RunRow): boolean {
  const growing = { step: 0, epoch: 0, elapsedMs: 0, metrics: {}, checkpoints: {} };
  return JSON.stringify({ ...before, ...growing }) === JSON.stringify({ ...after, ...growing });
}
