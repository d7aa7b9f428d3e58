// A wire that makes itself a new one whenever its own is lost, with growing pauses. It carries on
// nothing of the old one: what to ask again is the client's decision (client.ts).
import type { AppError } from '../errors.ts';
import { platform } from './platform.ts';
import type { Wire, WireEvents, WireMessage } from './wire.ts';

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

export class ReconnectingWire implements Wire {
  readonly #options: Required<ReconnectOptions>;
  #events: WireEvents | undefined;
  #current: Wire | undefined;
  #isClosed = false;
  /** Since a connection last stood for a while. */
  #failures = 0;
  #openedAt: number | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(options: ReconnectOptions) {
    this.#options = {
      ...{ firstPauseMs: 250, longestPauseMs: 10_000, settledMs: 5_000, clock: platformClock },
      ...options,
    };
  }

  attach(events: WireEvents): void {
    this.#events = events;
    this.#connect();
  }

  send(message: WireMessage): void {
    this.#current?.send(message);
  }

  close(reason?: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    const wire = this.#current;
    this.#current = undefined;
    wire?.close(reason);
  }

  /** Ends the present pause: the user asked, or the network came back. */
  retryNow(): void {
    if (this.#stopWaiting === undefined) return;
    this.#stopWaiting();
    this.#connect();
  }

  #connect(): void {
    this.#stopWaiting = undefined;
    const wire = this.#options.connect();
    this.#current = wire;
    this.#openedAt = undefined;
    const ifCurrent = (action: () => void): void => {
      if (this.#current === wire) action();
    };
    wire.attach({
      onOpen: () => {
        ifCurrent(() => {
          this.#openedAt = this.#options.clock.now();
          this.#events?.onOpen();
        });
      },
      onMessage: (message) => ifCurrent(() => this.#events?.onMessage(message)),
      onDown: ({ error }) => {
        ifCurrent(() => {
          this.#current = undefined;
          if (error === undefined) this.#wait();
          else this.#giveUp(error);
        });
      },
    });
  }

  /** A reason means that the other end will not have us: coming back would not change that. */
  #giveUp(error: AppError): void {
    this.#isClosed = true;
    this.#events?.onDown({ isFinal: true, error });
  }

  #wait(): void {
    const { firstPauseMs, longestPauseMs, settledMs, clock } = this.#options;
    if (this.#openedAt !== undefined && clock.now() - this.#openedAt >= settledMs) {
      this.#failures = 0;
    }
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    this.#stopWaiting = clock.after(pauseMs, () => this.#connect());
    this.#events?.onDown({ isFinal: false });
  }
}
