// One class against the rest: what a threshold on its probability finds and how much of that is right. Pure.
import { finiteRows, softmaxRow, type LabelledLogits } from './logits.ts';

/** Of the images whose probability is at least `threshold`. */
export interface ThresholdPoint {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  /** How many images reach it. */
  readonly found: number;
}

export interface PrecisionRecall {
  /** Images of the class. */
  readonly positives: number;
  readonly examples: number;
  /** Thresholds falling, one for each probability that occurs: recall rises. */
  readonly points: readonly ThresholdPoint[];
  /** Σ (R_n − R_{n−1}) · P_n; null where the class has no images. */
  readonly averagePrecision: number | null;
  /** Where F1 = 2PR / (P + R) is largest. */
  readonly best: (ThresholdPoint & { readonly f1: number }) | null;
}

export function precisionRecall(
  data: LabelledLogits,
  label: number,
  temperature = 1,
): PrecisionRecall {
  const rows = finiteRows(data);
  const probabilities = new Float64Array(data.classes);
  const scored = Array.from(rows, (row) => {
    softmaxRow(data, row, temperature, probabilities);
    return { score: probabilities[label] ?? 0, isPositive: data.labels[row] === label };
  }).sort((a, b) => b.score - a.score);
  const positives = scored.reduce((sum, { isPositive }) => sum + (isPositive ? 1 : 0), 0);
  const points: ThresholdPoint[] = [];
  let hits = 0;
  scored.forEach(({ score, isPositive }, i) => {
    if (isPositive) hits++;
    // Equal scores can't be told apart by a threshold.
    if (scored[i + 1]?.score === score) return;
    const found = i + 1;
    points.push({
      ...{ threshold: score, found, precision: hits / found },
      recall: positives === 0 ? 0 : hits / positives,
    });
  });
  return {
    ...{ positives, examples: rows.length, points },
    averagePrecision: positives === 0 ? null : areaOf(points),
    best: positives === 0 ? null : bestOf(points),
  };
}

function areaOf(points: readonly ThresholdPoint[]): number {
  return points.reduce((sum, { precision, recall }, i) => {
    return sum + (recall - (points[i - 1]?.recall ?? 0)) * precision;
  }, 0);
}

function bestOf(points: readonly ThresholdPoint[]): PrecisionRecall['best'] {
  let best: PrecisionRecall['best'] = null;
  for (const point of points) {
    const sum = point.precision + point.recall;
    const f1 = sum === 0 ? 0 : (2 * point.precision * point.recall) / sum;
    if (best === null || f1 > best.f1) best = { ...point, f1 };
  }
  return best;
}
