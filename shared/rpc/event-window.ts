// Holds back the events of one subscription while the client is behind: so many may be on their way
// unacknowledged, the rest wait here, newer ones replacing older ones of the same key. Knows no wire.
import type { EmitOptions } from './contract-types.ts';
import { cancelled } from './error-sentences.ts';

export interface EventWindowOptions {
  readonly size: number;
  /** So many may wait; more and `onOverflow` is called once, and the window ends. */
  readonly waitingLimit: number;
  readonly send: (event: unknown, isAwaited: boolean) => void;
  readonly onOverflow: () => void;
}

interface Waiting {
  event: unknown;
  readonly key: string | undefined;
  readonly isAwaited: boolean;
  readonly sent: Promise<void>;
  readonly settle: () => void;
}

/** Waits for the acknowledgement of the event with this number. */
interface Awaiting {
  readonly number: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class EventWindow {
  readonly #options: EventWindowOptions;
  readonly #waiting: Waiting[] = [];
  readonly #byKey = new Map<string, Waiting>();
  #awaiting: Awaiting[] = [];
  #idle: (() => void)[] = [];
  /** Numbers of events. */
  #sent = 0;
  #acknowledged = 0;
  #isOver = false;

  constructor(options: EventWindowOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the event was sent, replaced or dropped; with `until: 'handled'` when it has been
   * acknowledged, and rejects if the window ends before.
   */
  add(event: unknown, options: EmitOptions = {}): Promise<void> {
    const { latest: key, until } = options;
    const isAwaited = until === 'handled';
    if (this.#isOver) return isAwaited ? Promise.reject(cancelled()) : Promise.resolve();
    const replaced = key === undefined ? undefined : this.#byKey.get(key);
    if (replaced !== undefined) {
      replaced.event = event;
      return replaced.sent;
    }
    if (this.#waiting.length >= this.#options.waitingLimit) {
      this.end();
      this.#options.onOverflow();
      return this.add(event, options);
    }
    let settle = (): void => undefined;
    const sent = new Promise<void>((resolve) => (settle = resolve));
    const entry: Waiting = { event, key, isAwaited, sent, settle };
    this.#waiting.push(entry);
    if (key !== undefined) this.#byKey.set(key, entry);
    const handled = isAwaited ? this.#handled(this.#sent + this.#waiting.length) : sent;
    this.#pump();
    return handled;
  }

  /** The client has dealt with so many more. False if that is more than it was sent. */
  acknowledge(count: number): boolean {
    if (this.#acknowledged + count > this.#sent) return false;
    this.#acknowledged += count;
    const [done, left] = partition(this.#awaiting, ({ number }) => number <= this.#acknowledged);
    this.#awaiting = left;
    for (const { resolve } of done) resolve();
    this.#pump();
    return true;
  }

  /** Resolves when nothing waits any more. */
  drained(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  /** Drops what waits. */
  end(): void {
    this.#isOver = true;
    for (const { settle } of this.#waiting.splice(0)) settle();
    this.#byKey.clear();
    for (const { reject } of this.#awaiting.splice(0)) reject(cancelled());
    this.#pump();
  }

  #handled(number: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#awaiting.push({ number, resolve, reject });
    });
  }

  #pump(): void {
    while (!this.#isOver && this.#sent - this.#acknowledged < this.#options.size) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      if (next.key !== undefined) this.#byKey.delete(next.key);
      this.#sent++;
      this.#options.send(next.event, next.isAwaited);
      next.settle();
    }
    if (this.#waiting.length > 0) return;
    for (const settle of this.#idle.splice(0)) settle();
  }
}

function partition<T>(all: readonly T[], fits: (one: T) => boolean): [T[], T[]] {
  return [all.filter(fits), all.filter((one) => !fits(one))];
}
