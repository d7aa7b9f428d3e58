// Made-up runs for tests and benchmarks: curves that look like training, with noise, a spike and, if
// asked for, a gap. Seeded, so every use sees the same. Never for anything a user sees.
import type { SeriesData } from '../../../shared/contract/app/runs.ts';
import { createRng } from '../../../shared/rng.ts';

interface MadeUp {
  readonly seed: number;
  readonly steps: number;
  /** Where the loss ends. */
  readonly floor?: number;
}

export function madeUpLoss({ seed, steps, floor = 0.2 }: MadeUp): SeriesData {
  const rng = createRng(seed, 'loss');
  const spike = Math.floor(steps * 0.37);
  const values = Float32Array.from({ length: steps }, (_, i) => {
    const decay = floor + 2.1 * Math.exp((-6 * i) / steps) + 0.25 / (1 + i / 20);
    return decay * (1 + 0.16 * rng.normal()) + (i === spike ? 2.5 : 0);
  });
  return seriesOf('train/loss', 'nats', values);
}

export function madeUpAccuracy({ seed, steps, floor = 0.2 }: MadeUp): SeriesData {
  const rng = createRng(seed, 'accuracy');
  const values = Float32Array.from({ length: steps }, (_, i) =>
    Math.min(
      1,
      Math.max(0, 1 - floor / 2 - 0.8 * Math.exp((-5 * i) / steps) + 0.05 * rng.normal()),
    ),
  );
  return seriesOf('train/accuracy', 'fraction', values);
}

/** Gradient norms of `width` units at every `every`-th step: deeper in the network, smaller. */
export function madeUpNorms(options: {
  readonly seed: number;
  readonly samples: number;
  readonly labels: readonly string[];
  readonly every: number;
  readonly name?: string;
}): SeriesData {
  const { seed, samples, labels, every, name = 'block/gradient-norm' } = options;
  const rng = createRng(seed, 'norms');
  const width = labels.length;
  const values = new Float32Array(samples * width);
  for (let i = 0; i < samples; i++) {
    for (let u = 0; u < width; u++) {
      const depth = u / width;
      const size = 0.8 * Math.exp(-2.5 * depth - (2 * i) / samples + 0.3 * Math.sin(u * 1.7));
      values[i * width + u] = size * Math.exp(0.25 * rng.normal());
    }
  }
  return {
    ...seriesOf(name, '', new Float32Array(samples)),
    width,
    labels: [...labels],
    steps: Int32Array.from({ length: samples }, (_, i) => i * every),
    values,
  };
}

export function seriesOf(
  name: string,
  unit: string,
  values: Float32Array<ArrayBuffer>,
): SeriesData {
  const count = values.length;
  return {
    name,
    unit,
    width: 1,
    labels: [],
    steps: Int32Array.from({ length: count }, (_, i) => i),
    elapsedMs: Float64Array.from({ length: count }, (_, i) => 40 * (i + 1)),
    values,
    pointCount: count,
  };
}
