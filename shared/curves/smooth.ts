// Smoothing of a curve: the raw one is always drawn behind. Pure. Values that are not finite are
// skipped, so one NaN doesn't swallow the rest of the curve, and stay NaN at their own place.

export type Smoothing =
  | { readonly kind: 'none' }
  /** Exponential moving average, corrected for its start; `weight` of the past, 0 to 0.999. */
  | { readonly kind: 'ema'; readonly weight: number }
  /** Gaussian kernel; `width` is its standard deviation as a share of the points, 0 to 0.1. */
  | { readonly kind: 'gaussian'; readonly width: number };

const EXACT: readonly string[] = ['train/rate', 'train/loss-scale', 'train/skipped-steps'];

/**
 * Evaluations are few, and a rate is what the schedule says: smoothing would only bend them. Every chart,
 * report and export asks here.
 */
export function smoothingFor(series: string, smoothing: Smoothing): Smoothing {
  const isExact = series.startsWith('val/') || EXACT.includes(series);
  return isExact ? { kind: 'none' } : smoothing;
}

/** Of all points of a series: what is drawn is thinned out afterwards. */
export function smooth(values: Float32Array, smoothing: Smoothing): Float32Array {
  switch (smoothing.kind) {
    case 'none':
      return values;
    case 'ema':
      return smoothing.weight <= 0 ? values : ema(values, Math.min(smoothing.weight, 0.999));
    case 'gaussian':
      return smoothing.width <= 0 ? values : gaussian(values, smoothing.width * values.length);
  }
}

function ema(values: Float32Array, weight: number): Float32Array {
  const result = new Float32Array(values.length);
  let sum = 0;
  let norm = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) {
      result[i] = Number.NaN;
      continue;
    }
    sum = sum * weight + value;
    norm = norm * weight + 1;
    result[i] = sum / norm;
  }
  return result;
}

/** Three box passes: within 3 % of a Gaussian, and linear in the number of points. */
function gaussian(values: Float32Array, deviation: number): Float32Array {
  const radius = Math.max(1, Math.round((Math.sqrt(4 * deviation * deviation + 1) - 1) / 2));
  let current = Float64Array.from(values);
  for (let pass = 0; pass < 3; pass++) current = box(current, radius);
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    result[i] = Number.isFinite(values[i]) ? (current[i] ?? Number.NaN) : Number.NaN;
  }
  return result;
}

function box(values: Float64Array, radius: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(values.length);
  let sum = 0;
  let count = 0;
  const add = (index: number, sign: 1 | -1): void => {
    const value = values[index];
    if (value === undefined || !Number.isFinite(value)) return;
    sum += sign * value;
    count += sign;
  };
  for (let i = 0; i < radius && i < values.length; i++) add(i, 1);
  for (let i = 0; i < values.length; i++) {
    add(i + radius, 1);
    result[i] = count > 0 ? sum / count : Number.NaN;
    add(i - radius, -1);
  }
  return result;
}
