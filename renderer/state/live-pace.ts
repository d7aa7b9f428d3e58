// When the page shows what changes by itself. Everything that came in since the last beat is shown in one
// frame, and the next beat waits until what a beat costs is a small share of the time: a window that draws
// without a GPU shares the cores of a training on the CPU, and must not slow it.

/** Puts on the page what was loaded. Must not throw. */
export type Show = () => void;
/** Must neither throw nor reject: what went wrong is something to show. */
export type Load = () => Promise<Show> | Show;

/** What the pace needs of a window. */
export interface PaceClock {
  now(): number;
  /** Returns what cancels it. */
  after(ms: number, work: () => void): () => void;
  /** Before the page is drawn next. */
  onFrame(work: () => void): void;
  /** Once what is going on now is done, drawing included if it is called within a frame. */
  soon(work: () => void): void;
  /** At once, or when the page is looked at again. */
  whenSeen(work: () => void): void;
}

/** Twice a second is live; what is read takes longer to be read. */
const SHORTEST_MS = 500;
const LONGEST_MS = 3000;
/** Of the page's own thread. Painting and showing it take about as much again on others. */
const LARGEST_SHARE = 0.01;
/** What is late by more is shown by itself rather than keeping the rest waiting. */
const PATIENCE_MS = 250;
/** How much of the last beat goes into the estimate: one that met something else must not count for all. */
const WEIGHT = 0.3;

export class LivePace {
  readonly #clock: PaceClock;
  readonly #loads = new Map<unknown, Load>();
  #isWaiting = false;
  #isMeasuring = false;
  #beatAt = -Infinity;
  /** Milliseconds of the page's thread. */
  #cost = 0;

  constructor(clock: PaceClock) {
    this.#clock = clock;
  }

  /**
   * At the next beat, which is at once if the last one is long enough ago. Of several with one `key`
   * only the latest counts. A page that nobody looks at shows nothing until somebody does.
   */
  add(key: unknown, load: Load): void {
    this.#loads.set(key, load);
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    const wait = Math.max(0, this.#beatAt + this.intervalMs - this.#clock.now());
    this.#clock.after(wait, () => this.#clock.whenSeen(() => void this.#beat()));
  }

  get intervalMs(): number {
    return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, this.#cost / LARGEST_SHARE));
  }

  async #beat(): Promise<void> {
    this.#beatAt = this.#clock.now();
    const loads = [...this.#loads.values()];
    this.#loads.clear();
    const shows = await this.#inTime(loads);
    this.#isWaiting = false;
    if (shows.length > 0) this.#show(shows);
    // What came in meanwhile has its own beat.
    const [next] = this.#loads;
    if (next) this.add(...next);
  }

  /** What has come before patience ends; the rest shows itself when it comes. */
  async #inTime(loads: readonly Load[]): Promise<readonly Show[]> {
    const shows: Show[] = [];
    let isOver = false;
    const all = Promise.all(
      loads.map(async (load) => {
        const show = await load();
        if (isOver) show();
        else shows.push(show);
      }),
    );
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(PATIENCE_MS, resolve);
      void all.then(() => {
        cancel();
        resolve();
      });
    });
    isOver = true;
    return shows;
  }

  /** Shows, and measures what that took: changing the page now, drawing it in the next frame. */
  #show(shows: readonly Show[]): void {
    const clock = this.#clock;
    const before = clock.now();
    let frameAt = before;
    // Asked for before the charts ask for theirs. A window behind others has no frames for a while.
    const isMeasured = !this.#isMeasuring;
    this.#isMeasuring = true;
    if (isMeasured) clock.onFrame(() => (frameAt = clock.now()));
    for (const show of shows) show();
    if (!isMeasured) return;
    queueMicrotask(() => {
      const changing = clock.now() - before;
      clock.onFrame(() =>
        clock.soon(() => {
          this.#isMeasuring = false;
          const cost = changing + clock.now() - frameAt;
          this.#cost += (cost - this.#cost) * WEIGHT;
        }),
      );
    });
  }
}

export function windowClock(window: Window): PaceClock {
  return {
    now: () => performance.now(),
    after: (ms, work) => {
      const timer = window.setTimeout(work, ms);
      return () => window.clearTimeout(timer);
    },
    onFrame: (work) => void window.requestAnimationFrame(work),
    whenSeen: (work) => {
      const { document } = window;
      const look = (): void => {
        if (document.hidden) return;
        document.removeEventListener('visibilitychange', look);
        work();
      };
      document.addEventListener('visibilitychange', look);
      look();
    },
    soon: (work) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        work();
      };
      port2.postMessage(null);
    },
  };
}
