// Tells every subscriber what happens to runs: the one throttle of the host. What merely grows is told once
// a second, of all runs at the same moment: a page that is woken seldom costs a training on the same cores
// little. News is told at once. Knows no library and no wire.
import { isNews, runOf } from '../../../shared/contract/app/run-growth.ts';
import type { RunEvent, RunRow } from '../../../shared/contract/app/runs.ts';

export interface RunEventHub {
  publish(event: RunEvent): void;
  /** Returns what ends it. */
  subscribe(listener: (event: RunEvent) => void): () => void;
  readonly hasListeners: boolean;
  close(): void;
}

const throttleMs = 1000;

export function createRunEventHub(): RunEventHub {
  const listeners = new Set<(event: RunEvent) => void>();
  /** Of each run and kind the latest, for the next second. */
  const held = new Map<string, RunEvent>();
  /** News of this second: more of the same waits for the next one. */
  const published = new Set<string>();
  const rows = new Map<string, RunRow>();
  let timer: NodeJS.Timeout | undefined;

  const forget = (id: string, kinds: readonly RunEvent['kind'][]): void => {
    for (const kind of kinds) held.delete(`${kind} ${id}`);
  };
  const tell = (event: RunEvent): void => {
    const id = runOf(event);
    if (event.kind === 'changed') {
      rows.set(id, event.run);
      // What was held back is older than the end, and would be shown as news.
      if (event.run.status !== 'running') forget(id, ['progress', 'preparing']);
    }
    for (const listener of listeners) listener(event);
  };
  const flush = (): void => {
    timer = undefined;
    published.clear();
    const events = [...held.values()];
    held.clear();
    if (events.length > 0) timer = setTimeout(flush, throttleMs);
    events.forEach(tell);
  };

  return {
    publish: (event) => {
      if (listeners.size === 0) return;
      const id = runOf(event);
      if (event.kind === 'removed') {
        // What was held back about it would bring it back to life.
        forget(id, ['changed', 'progress', 'preparing', 'points', 'evaluation']);
        rows.delete(id);
        tell(event);
        return;
      }
      const key = `${event.kind} ${id}`;
      const isDue = timer === undefined || (isNews(event, rows.get(id)) && !published.has(key));
      if (!isDue) {
        held.set(key, event);
        return;
      }
      timer ??= setTimeout(flush, throttleMs);
      published.add(key);
      held.delete(key);
      tell(event);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get hasListeners() {
      return listeners.size > 0;
    },
    close: () => {
      clearTimeout(timer);
      held.clear();
      listeners.clear();
    },
  };
}
