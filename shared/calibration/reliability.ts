// How far confidence is from accuracy (Guo et al. 2017, "On calibration of modern neural networks", arXiv
// 1706.04599, section 2): examples sorted into M equal bins of confidence, and the expected calibration error
// ECE = Σ |B_m| / n · |acc(B_m) − conf(B_m)|. Pure.
import { finiteRows, predictedOf, softmaxRow, type LabelledLogits } from './logits.ts';

export const RELIABILITY_BINS = 15;

export interface ReliabilityBin {
  /** Confidences in (from, to]. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Means over the bin's examples; null in an empty bin. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

export interface Reliability {
  readonly bins: readonly ReliabilityBin[];
  /** Expected and maximum calibration error, and the negative log-likelihood, each a mean over examples. */
  readonly expectedError: number;
  readonly maximumError: number;
  readonly nll: number;
  readonly accuracy: number;
  readonly confidence: number;
}

/** Of all rows that are finite, at a temperature. At least one row must be. */
export function reliabilityOf(
  data: LabelledLogits,
  temperature = 1,
  binCount = RELIABILITY_BINS,
): Reliability {
  const rows = finiteRows(data);
  const counts = new Float64Array(binCount);
  const confidences = new Float64Array(binCount);
  const hits = new Float64Array(binCount);
  const probabilities = new Float64Array(data.classes);
  let nll = 0;
  for (const row of rows) {
    const label = data.labels[row] ?? 0;
    const logSum = softmaxRow(data, row, temperature, probabilities);
    nll += logSum - (data.logits[row * data.classes + label] ?? 0) / temperature;
    const predicted = predictedOf(data, row);
    const confidence = probabilities[predicted] ?? 0;
    const bin = Math.min(binCount - 1, Math.max(0, Math.ceil(confidence * binCount) - 1));
    counts[bin] = (counts[bin] ?? 0) + 1;
    confidences[bin] = (confidences[bin] ?? 0) + confidence;
    hits[bin] = (hits[bin] ?? 0) + (predicted === label ? 1 : 0);
  }
  const bins = Array.from(counts, (count, i): ReliabilityBin => ({
    ...{ from: i / binCount, to: (i + 1) / binCount, count },
    confidence: count === 0 ? null : (confidences[i] ?? 0) / count,
    accuracy: count === 0 ? null : (hits[i] ?? 0) / count,
  }));
  const gaps = bins.map(({ confidence, accuracy }) =>
    confidence === null || accuracy === null ? 0 : Math.abs(accuracy - confidence),
  );
  const total = rows.length;
  return {
    bins,
    expectedError: gaps.reduce((sum, gap, i) => sum + (gap * (counts[i] ?? 0)) / total, 0),
    maximumError: Math.max(...gaps),
    nll: nll / total,
    accuracy: hits.reduce((sum, count) => sum + count, 0) / total,
    confidence: confidences.reduce((sum, value) => sum + value, 0) / total,
  };
}
