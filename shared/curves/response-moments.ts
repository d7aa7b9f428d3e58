// Moments of a training at which the responses of all layers are compared. Pure.

export interface Moment {
  readonly step: number;
  readonly values: Float32Array;
}

/** The first measurement, the one in the middle of training so far, and the newest. */
export function responseMoments({
  steps,
  values,
  width,
}: {
  readonly steps: Int32Array;
  readonly values: Float32Array;
  readonly width: number;
}): Moment[] {
  const last = steps.length - 1;
  const half = (steps[last] ?? 0) / 2;
  const middle = Math.max(
    0,
    steps.findIndex((step) => step >= half),
  );
  return [...new Set([0, middle, last])].map((index) => ({
    step: steps[index] ?? 0,
    values: values.slice(index * width, (index + 1) * width),
  }));
}
