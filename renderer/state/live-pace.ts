// When the page shows what changes by itself. Everything that came in since the last update is shown in one
// frame, and the next update waits until what an update costs is a small share of the time: a window that draws
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
/** What is there waits for what is on its way no longer than this. */
const PATIENCE_MS = 120;
/** How much of the last update goes into the estimate: one that met something else must not count for all. */
const WEIGHT = 0.3;

export class LivePace {
  readonly #clock: PaceClock;
  /** For the next update. */
  readonly #waiting = new Map<unknown, Load>();
  #isUpdatePlanned = false;
  #updatedAt = -Infinity;
  #underWay = 0;
  #ready: Show[] = [];
  #stopWaiting: (() => void) | undefined;
  #isMeasuring = false;
  /** What is shown next was asked for: opening a page says nothing of what its updates cost. */
  #isAsked = false;
  /** Milliseconds of the page's thread. */
  #cost = 0;

  constructor(clock: PaceClock) {
    this.#clock = clock;
  }

  /**
   * At the next update, which is at once if the last one is long enough ago. Of several with one `key`
   * only the latest counts. A page that nobody looks at shows nothing until somebody does.
   */
  add(key: unknown, load: Load): void {
    this.#waiting.set(key, load);
    if (this.#isUpdatePlanned) return;
    this.#isUpdatePlanned = true;
    const wait = Math.max(0, this.#updatedAt + this.intervalMs - this.#clock.now());
    this.#clock.after(wait, () => this.#clock.whenSeen(() => this.#update()));
  }

  /** Without waiting for an update, because somebody asked for it; shown together with what else comes. */
  now(load: Load): void {
    this.#isAsked = true;
    void this.#begin(load);
  }

  get intervalMs(): number {
    return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, this.#cost / LARGEST_SHARE));
  }

  #update(): void {
    this.#updatedAt = this.#clock.now();
    this.#isUpdatePlanned = false;
    const loads = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const load of loads) void this.#begin(load);
  }

  async #begin(load: Load): Promise<void> {
    this.#underWay++;
    try {
      this.#ready.push(await load());
    } finally {
      // A load that breaks its promise must not keep the others from being shown.
      this.#underWay--;
      this.#showSoon();
    }
  }

  #showSoon(): void {
    if (this.#ready.length === 0) return;
    if (this.#underWay === 0) this.#showReady();
    else this.#stopWaiting ??= this.#clock.after(PATIENCE_MS, () => this.#showReady());
  }

  #showReady(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    this.#show(this.#ready.splice(0));
  }

  /** Shows, and measures what that took: changing the page now, drawing it in the next frame. */
  #show(shows: readonly Show[]): void {
    const clock = this.#clock;
    const before = clock.now();
    let frameAt = before;
    // Asked for before the charts ask for theirs. A window behind others has no frames for a while.
    const isMeasured = !this.#isMeasuring && !this.#isAsked;
    this.#isAsked = false;
    this.#isMeasuring ||= isMeasured;
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
