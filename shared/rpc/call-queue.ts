// The calls of one connection that may run now, and those that wait for a turn: a client that asks a
// thousand things and takes no answers must not fill the server's memory. Knows no wire.

export interface CallQueueOptions {
  /** So many calls run at once. */
  readonly runningLimit: number;
  /** The inputs of waiting calls may have so many bytes together. */
  readonly waitingLimitBytes: number;
  /** The client has not taken the answers it was sent; `startWaiting` is called when it has. */
  readonly isBehind: () => boolean;
}

interface WaitingCall {
  readonly start: () => Promise<void>;
  readonly sizeBytes: number;
}

export class CallQueue {
  readonly #options: CallQueueOptions;
  readonly #waiting: WaitingCall[] = [];
  #waitingBytes = 0;
  #running = 0;

  constructor(options: CallQueueOptions) {
    this.#options = options;
  }

  /** Starts the call, now or later. False if too much waits already; it is then not kept. */
  add(sizeBytes: number, start: () => Promise<void>): boolean {
    const { waitingLimitBytes } = this.#options;
    const mustWait = this.#waiting.length > 0 || !this.#hasTurn();
    if (mustWait && this.#waitingBytes + sizeBytes > waitingLimitBytes) return false;
    this.#waiting.push({ start, sizeBytes });
    this.#waitingBytes += sizeBytes;
    this.startWaiting();
    return true;
  }

  startWaiting(): void {
    while (this.#hasTurn()) {
      const call = this.#waiting.shift();
      if (call === undefined) return;
      this.#waitingBytes -= call.sizeBytes;
      this.#running++;
      void call.start().finally(() => {
        this.#running--;
        this.startWaiting();
      });
    }
  }

  #hasTurn(): boolean {
    return this.#running < this.#options.runningLimit && !this.#options.isBehind();
  }
}
