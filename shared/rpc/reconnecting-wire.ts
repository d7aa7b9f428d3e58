// A wire that makes itself a new one whenever its own is lost, with growing pauses. It carries on
// nothing of the old one: what to ask again is the client's decision (client.ts).
import { platform } from './platform.ts';
import type { Wire, WireEvents } from './wire.ts';

export interface ReconnectingWire extends Wire {
  /** Ends the present pause: the user asked, or the network came back. */
  retryNow(): void;
}

export interface ReconnectOptions {
  /** Makes a new wire to the same place. It is attached at once. */
  readonly connect: () => Wire;
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  /** A connection that stood this long was a good one: pauses start small again after it. */
  readonly settledMs?: number;
  readonly clock?: Clock;
}

/** Time, to be replaced in tests. */
export interface Clock {
  now(): number;
  /** Returns how to call it off. */
  after(delayMs: number, action: () => void): () => void;
}

const platformClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, action) => {
    const timer = platform.setTimeout(action, delayMs);
    return () => platform.clearTimeout(timer);
  },
};

export function reconnectingWire(options: ReconnectOptions): ReconnectingWire {
  const { connect, firstPauseMs = 250, longestPauseMs = 10_000, settledMs = 5_000 } = options;
  const { clock = platformClock } = options;
  let events: WireEvents | undefined;
  let current: Wire | undefined;
  let isClosed = false;
  let failures = 0;
  let openedAt: number | undefined;
  let stopWaiting: (() => void) | undefined;

  const start = (): void => {
    stopWaiting = undefined;
    const wire = connect();
    current = wire;
    openedAt = undefined;
    wire.attach({
      onOpen: () => {
        if (current !== wire) return;
        openedAt = clock.now();
        events?.onOpen();
      },
      onMessage: (message) => {
        if (current === wire) events?.onMessage(message);
      },
      onDown: ({ error }) => {
        if (current !== wire) return;
        current = undefined;
        // A reason means that the other end will not have us: coming back would not change that.
        if (error !== undefined) {
          isClosed = true;
          events?.onDown({ isFinal: true, error });
          return;
        }
        if (openedAt !== undefined && clock.now() - openedAt >= settledMs) failures = 0;
        const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 30));
        failures++;
        stopWaiting = clock.after(pauseMs, start);
        events?.onDown({ isFinal: false });
      },
    });
  };
  return {
    attach: (listener) => {
      events = listener;
      start();
    },
    send: (message) => current?.send(message),
    close: (reason) => {
      if (isClosed) return;
      isClosed = true;
      stopWaiting?.();
      stopWaiting = undefined;
      const wire = current;
      current = undefined;
      wire?.close(reason);
    },
    retryNow: () => {
      if (stopWaiting === undefined) return;
      stopWaiting();
      start();
    },
  };
}
