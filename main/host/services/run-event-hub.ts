// Tells every subscriber what happens to runs, at most ten times a second for each run: of each kind
// only the latest within an interval is passed on, the first at once. Knows no library and no wire.
import type { RunEvent } from '../../../shared/contract/app/runs.ts';

export interface RunEventHub {
  publish(event: RunEvent): void;
  /** Returns what ends it. */
  subscribe(listener: (event: RunEvent) => void): () => void;
  readonly isHeard: boolean;
  close(): void;
}

/** Five kinds in half a second: ten events a second for one run. */
const intervalMs = 500;

interface Slot {
  readonly timer: NodeJS.Timeout;
  pending: RunEvent | undefined;
}

export function createRunEventHub(): RunEventHub {
  const listeners = new Set<(event: RunEvent) => void>();
  const slots = new Map<string, Slot>();

  const drop = (keys: (key: string) => boolean): void => {
    for (const [key, slot] of slots) if (keys(key)) slot.pending = undefined;
  };
  const tell = (event: RunEvent): void => {
    if (event.kind === 'changed' && event.run.status !== 'running') {
      // What was held back is older than the end, and would be shown as news.
      drop((key) => key === `progress ${event.run.id}` || key === `preparing ${event.run.id}`);
    }
    for (const listener of listeners) listener(event);
  };
  const open = (key: string): void => {
    const timer = setTimeout(() => {
      const pending = slots.get(key)?.pending;
      slots.delete(key);
      if (pending === undefined) return;
      open(key);
      tell(pending);
    }, intervalMs);
    slots.set(key, { timer, pending: undefined });
  };

  return {
    publish: (event) => {
      if (listeners.size === 0) return;
      const id = event.kind === 'changed' ? event.run.id : event.id;
      if (event.kind === 'removed') {
        // What was held back about it would bring it back to life.
        drop((key) => key.endsWith(` ${id}`));
        tell(event);
        return;
      }
      const key = `${event.kind} ${id}`;
      const slot = slots.get(key);
      if (slot !== undefined) {
        slot.pending = event;
        return;
      }
      open(key);
      tell(event);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get isHeard() {
      return listeners.size > 0;
    },
    close: () => {
      for (const { timer } of slots.values()) clearTimeout(timer);
      slots.clear();
      listeners.clear();
    },
  };
}
