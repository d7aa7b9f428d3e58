// Holds back the events of one subscription while the client is behind: so many may be on their way
// unacknowledged, the rest wait here, newer ones replacing older ones of the same key. Knows no wire.

export interface EventWindow {
  /** Resolves when the event was sent, replaced or dropped. */
  add(event: unknown, key: string | undefined): Promise<void>;
  /** The client has dealt with so many more. False if that is more than it was sent. */
  acknowledge(count: number): boolean;
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>;
  /** Drops what waits. */
  end(): void;
}

export interface EventWindowOptions {
  readonly size: number;
  /** So many may wait; more and `onOverflow` is called once, and the window ends. */
  readonly waitingLimit: number;
  readonly send: (event: unknown) => void;
  readonly onOverflow: () => void;
}

interface Waiting {
  event: unknown;
  readonly key: string | undefined;
  readonly sent: Promise<void>;
  readonly settle: () => void;
}

export function createEventWindow(options: EventWindowOptions): EventWindow {
  const { size, waitingLimit, send, onOverflow } = options;
  let unacknowledged = 0;
  let isOver = false;
  const waiting: Waiting[] = [];
  const byKey = new Map<string, Waiting>();
  let idle: (() => void)[] = [];

  const pump = (): void => {
    while (!isOver && unacknowledged < size) {
      const next = waiting.shift();
      if (next === undefined) break;
      if (next.key !== undefined) byKey.delete(next.key);
      unacknowledged++;
      send(next.event);
      next.settle();
    }
    if (waiting.length > 0) return;
    for (const settle of idle) settle();
    idle = [];
  };
  const end = (): void => {
    isOver = true;
    for (const { settle } of waiting.splice(0)) settle();
    byKey.clear();
    pump();
  };
  return {
    add: (event, key) => {
      if (isOver) return Promise.resolve();
      const replaced = key === undefined ? undefined : byKey.get(key);
      if (replaced !== undefined) {
        replaced.event = event;
        return replaced.sent;
      }
      if (waiting.length >= waitingLimit) {
        end();
        onOverflow();
        return Promise.resolve();
      }
      let settle = (): void => undefined;
      const sent = new Promise<void>((resolve) => (settle = resolve));
      const entry: Waiting = { event, key, sent, settle };
      waiting.push(entry);
      if (key !== undefined) byKey.set(key, entry);
      pump();
      return sent;
    },
    acknowledge: (count) => {
      if (count > unacknowledged) return false;
      unacknowledged -= count;
      pump();
      return true;
    },
    drained: () =>
      waiting.length === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            idle.push(resolve);
          }),
    end,
  };
}
