// How fast a run was between the points of a series, however far apart they are. Pure.

export interface Throughput {
  readonly steps: Int32Array;
  readonly elapsedMs: Float64Array;
  readonly values: Float32Array;
}

/** Images per second between neighbouring points, which may be many steps apart. */
export function throughputOf(
  { steps, elapsedMs }: Pick<Throughput, 'steps' | 'elapsedMs'>,
  batch: number,
): Throughput {
  const count = Math.max(0, steps.length - 1);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const images = ((steps[i + 1] ?? 0) - (steps[i] ?? 0)) * batch;
    const seconds = ((elapsedMs[i + 1] ?? 0) - (elapsedMs[i] ?? 0)) / 1000;
    values[i] = seconds > 0 ? images / seconds : Number.NaN;
  }
  return { steps: steps.subarray(1), elapsedMs: elapsedMs.subarray(1), values };
}
