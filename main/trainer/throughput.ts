// Recent speed, for the progress line and the time left. For display: it depends on the clock.

const WINDOW_STEPS = 50;
const WINDOW_MS = 3000;

export class Throughput {
  private readonly batch: number;
  private endsMs: number[] = [];

  constructor(batch: number) {
    this.batch = batch;
  }

  /** A step has ended now. */
  add(): void {
    const nowMs = performance.now();
    this.endsMs.push(nowMs);
    const tooMany = this.endsMs.length - WINDOW_STEPS;
    const first = this.endsMs.findIndex((endMs) => nowMs - endMs <= WINDOW_MS);
    // Two at least: slow networks may take longer than the window for one step.
    const drop = Math.min(Math.max(tooMany, first), this.endsMs.length - 2);
    if (drop > 0) this.endsMs = this.endsMs.slice(drop);
  }

  /** Both 0 while there is no second step. */
  recent(): { stepMs: number; imagesPerSecond: number } {
    const { endsMs } = this;
    const spanMs = (endsMs.at(-1) ?? 0) - (endsMs[0] ?? 0);
    const stepMs = endsMs.length > 1 ? spanMs / (endsMs.length - 1) : 0;
    return { stepMs, imagesPerSecond: stepMs > 0 ? (1000 * this.batch) / stepMs : 0 };
  }
}
