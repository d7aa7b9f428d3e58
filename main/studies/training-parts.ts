// A series of a run in equal parts of its training: what a study's figure needs of it, from all its points.
// Pure.

/** How many parts; figures of long and short trainings have as many points. */
const PARTS = 30;

/** A named series, a number for each component (a block, or one for a scalar) at each step. */
export interface WholeSeries {
  readonly width: number;
  readonly labels: readonly string[];
  readonly steps: ArrayLike<number>;
  /** Row-major [points, width]. */
  readonly values: ArrayLike<number>;
}

export interface PartedSeries {
  readonly labels: readonly string[];
  /** The middle step of each part. */
  readonly steps: readonly number[];
  /** By component, then by part: the mean over the finite points of the part; null where it has none. */
  readonly means: readonly (readonly (number | null)[])[];
}

/** @param totalSteps of the whole training */
export function partsOf(series: WholeSeries, totalSteps: number): PartedSeries {
  const { width, labels, steps, values } = series;
  // Diagnostics are recorded every so many steps: no more parts than points.
  const parts = Math.max(1, Math.min(PARTS, totalSteps, steps.length));
  const sums = Array.from({ length: width }, () => new Float64Array(parts));
  const counts = Array.from({ length: width }, () => new Float64Array(parts));
  for (let point = 0; point < steps.length; point++) {
    const step = steps[point] ?? 0;
    const part = Math.min(parts - 1, Math.max(0, Math.ceil((step * parts) / totalSteps) - 1));
    for (let component = 0; component < width; component++) {
      const value = values[point * width + component] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      const [sum, count] = [sums[component], counts[component]];
      if (!sum || !count) continue;
      sum[part] = (sum[part] ?? 0) + value;
      count[part] = (count[part] ?? 0) + 1;
    }
  }
  return {
    labels,
    steps: Array.from({ length: parts }, (_, part) => ((part + 0.5) * totalSteps) / parts),
    means: sums.map((sum, component) =>
      Array.from(sum, (total, part) => {
        const count = counts[component]?.[part] ?? 0;
        return count === 0 ? null : total / count;
      }),
    ),
  };
}

/** Mean over the parts of a share of the training, from 0 to 1; undefined where nothing is known. */
export function meanOfShare(
  means: readonly (number | null)[] | undefined,
  [from, to]: readonly [number, number],
): number | undefined {
  const all = means ?? [];
  const known = all
    .slice(Math.round(from * all.length), Math.round(to * all.length))
    .filter((value) => value !== null);
  if (known.length === 0) return undefined;
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
