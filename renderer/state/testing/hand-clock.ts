// A clock that stands until a test moves it: timers and frames happen when it says so.
import type { PaceClock } from '../live-pace.ts';

export class HandClock implements PaceClock {
  isSeen = true;
  #at = 0;
  #timers: { readonly at: number; readonly work: () => void }[] = [];
  #frames: (() => void)[] = [];
  #whenSeen: (() => void)[] = [];

  now(): number {
    return this.#at;
  }

  after(ms: number, work: () => void): () => void {
    const timer = { at: this.#at + ms, work };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((one) => one !== timer));
  }

  onFrame(work: () => void): void {
    this.#frames.push(work);
  }

  soon(work: () => void): void {
    work();
  }

  whenSeen(work: () => void): void {
    if (this.isSeen) work();
    else this.#whenSeen.push(work);
  }

  /** As time passes while something is computed: no timer fires meanwhile. */
  spend(ms: number): void {
    this.#at += ms;
  }

  /** Timers that fall due fire in their order; what they begin goes on until it waits. */
  async pass(ms: number): Promise<void> {
    const end = this.#at + ms;
    for (;;) {
      await settle();
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== due);
      this.#at = Math.max(this.#at, due.at);
      due.work();
    }
    this.#at = Math.max(this.#at, end);
  }

  async drawFrame(): Promise<void> {
    const frames = this.#frames.splice(0);
    for (const work of frames) work();
    await settle();
  }

  async see(): Promise<void> {
    this.isSeen = true;
    for (const work of this.#whenSeen.splice(0)) work();
    await settle();
  }
}

/** Lets promises that are ready go on, and what they lead to. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
