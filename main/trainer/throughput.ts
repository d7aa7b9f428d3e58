// Recent speed and mean metrics, over the last two seconds or so, for the progress line.

interface Sample {
  readonly atMs: number;
  readonly loss: number;
  readonly top1: number;
}

const WINDOW_STEPS = 50;
const WINDOW_MS = 3000;

export class Throughput {
  private readonly batch: number;
  private samples: Sample[] = [];

  constructor(batch: number) {
    this.batch = batch;
  }

  add(result: { readonly loss: number; readonly top1: number }): void {
    const atMs = performance.now();
    this.samples.push({ atMs, loss: result.loss, top1: result.top1 });
    const tooMany = this.samples.length - WINDOW_STEPS;
    const first = this.samples.findIndex((sample) => atMs - sample.atMs <= WINDOW_MS);
    // Two samples at least: slow networks may take longer than the window for one step.
    const drop = Math.min(Math.max(tooMany, first), this.samples.length - 2);
    if (drop > 0) this.samples = this.samples.slice(drop);
  }

  recent(): { loss: number; accuracy: number; stepMs: number; imagesPerSecond: number } {
    const { samples } = this;
    const [first] = samples;
    const last = samples.at(-1);
    const mean = (pick: (sample: Sample) => number): number =>
      samples.reduce((sum, sample) => sum + pick(sample), 0) / Math.max(samples.length, 1);
    const spanMs = first && last ? last.atMs - first.atMs : 0;
    const stepMs = samples.length > 1 ? spanMs / (samples.length - 1) : 0;
    return {
      loss: mean((sample) => sample.loss),
      accuracy: mean((sample) => sample.top1),
      stepMs,
      imagesPerSecond: stepMs > 0 ? (1000 * this.batch) / stepMs : 0,
    };
  }
}
