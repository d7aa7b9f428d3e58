// Temperature scaling (Guo et al. 2017, section 4.2): one number T that all logits are divided by, chosen so
// that the negative log-likelihood of the labels is smallest. Predictions stay the same. Pure.
import { finiteRows, softmaxRow, type LabelledLogits } from './logits.ts';

/** Temperatures outside of this say that there is no optimum: e.g. every example is right. */
export const TEMPERATURE_RANGE = [0.01, 100] as const;
const MOST_STEPS = 200;
const PRECISION = 1e-10;
/** A slope that is only rounding: one example that is wrong gives more. */
const FLAT = 1e-12;

export interface FittedTemperature {
  readonly temperature: number;
  /** False where the likelihood still grows at the end of the range. */
  readonly isOptimum: boolean;
}

/**
 * In β = 1/T the loss mean(ln Σ exp(β z) − β z_y) is convex: its slope is mean(E[z] − z_y), its curvature
 * mean(Var[z]), both under softmax(β z). Newton's steps, kept inside a bracket that every step narrows.
 */
export function fitTemperature(data: LabelledLogits): FittedTemperature {
  const rows = finiteRows(data);
  let low = 1 / TEMPERATURE_RANGE[1];
  let high = 1 / TEMPERATURE_RANGE[0];
  if (slopeOf(data, rows, high).slope <= FLAT) return { temperature: 1 / high, isOptimum: false };
  if (slopeOf(data, rows, low).slope > 0) return { temperature: 1 / low, isOptimum: false };
  let beta = 1;
  for (let step = 0; step < MOST_STEPS; step++) {
    const { slope, curvature } = slopeOf(data, rows, beta);
    if (slope < 0) low = beta;
    else high = beta;
    const newton = beta - slope / curvature;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    const isClose = Math.abs(next - beta) < PRECISION * beta;
    beta = next;
    if (isClose) break;
  }
  return { temperature: 1 / beta, isOptimum: true };
}

function slopeOf(
  data: LabelledLogits,
  rows: Int32Array,
  beta: number,
): { readonly slope: number; readonly curvature: number } {
  const { classes, logits, labels } = data;
  const probabilities = new Float64Array(classes);
  let slope = 0;
  let curvature = 0;
  for (const row of rows) {
    softmaxRow(data, row, 1 / beta, probabilities);
    const start = row * classes;
    let mean = 0;
    for (let k = 0; k < classes; k++) mean += (probabilities[k] ?? 0) * (logits[start + k] ?? 0);
    let variance = 0;
    for (let k = 0; k < classes; k++) {
      variance += (probabilities[k] ?? 0) * ((logits[start + k] ?? 0) - mean) ** 2;
    }
    slope += mean - (logits[start + (labels[row] ?? 0)] ?? 0);
    curvature += variance;
  }
  return { slope: slope / rows.length, curvature: curvature / rows.length };
}
