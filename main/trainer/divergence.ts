// When the loss stops being finite: replays the steps since the last good state up to the one that
// failed, and looks at that step without applying it. Costs nothing while all is well.
import { failure, type AppError } from '../../shared/errors.ts';
import type { Precision } from '../../shared/spec/precision.ts';
import type { Diagnostics, Network, TrainRequest } from '../engine/network/network.ts';

export interface Divergence {
  readonly network: Network;
  /** What was not finite. In float16 gradients may overflow; they count when no smaller loss scale is left. */
  readonly what: 'loss' | 'gradients';
  readonly precision: Precision;
  /** The step that it was not finite at, and its learning rate. */
  readonly step: number;
  readonly rate: number;
  /** Restores an earlier state and returns the step it belongs to. */
  readonly rewind: () => Promise<number>;
  /** Does a step again that was done before. */
  readonly repeat: (step: number) => Promise<void>;
  readonly request: (step: number) => Promise<Omit<TrainRequest, 'diagnostics' | 'update'>>;
}

/** The error to fail the run with: which step, which block first, what to do. */
export async function describeDivergence(divergence: Divergence): Promise<AppError> {
  const { network, step, rate, what, precision } = divergence;
  for (let replayed = await divergence.rewind(); replayed < step; replayed++) {
    await divergence.repeat(replayed);
  }
  const request = await divergence.request(step);
  const { diagnostics } = network.step({ ...request, diagnostics: true, update: false });
  const where = diagnostics ? firstNonFinite(network, diagnostics) : undefined;
  const place = where
    ? `The first block with a non-finite value is ${where.unit} (${where.what}).`
    : 'Every block was finite when the step was repeated, so the loss itself overflowed.';
  return failure(
    'not-finite',
    `The ${what} became infinite or not a number at step ${step}, learning rate ${Number(rate.toPrecision(4))}. ${place} Lower the learning rate, add warm-up or clip gradients (--set optimizer.clipNorm=1)${float16Advice(precision)}, and start again.`,
    { details: { step, rate, what, precision, ...(where ?? {}) } },
  );
}

function float16Advice(precision: Precision): string {
  return precision === 'float16' ? ', or compute in bfloat16, which has the range of float32' : '';
}

/** In depth order: the forward pass first, then what came back. */
function firstNonFinite(
  network: Network,
  diagnostics: Diagnostics,
): { unit: string; what: string } | undefined {
  const { units, convolutions, weights } = network;
  const unitOf = (convolution: string): string =>
    weights.find(({ name }) => name === `${convolution}.weight`)?.unit ?? convolution;
  const bad = (values: Float32Array): number =>
    values.findIndex((value) => !Number.isFinite(value));
  const weight = bad(diagnostics.weightNorm);
  if (weight >= 0) return { unit: units[weight] ?? '', what: 'its weights' };
  const response = bad(diagnostics.responseDeviation);
  if (response >= 0) {
    const convolution = convolutions[response] ?? '';
    return { unit: unitOf(convolution), what: `the response of ${convolution}` };
  }
  // Gradients arrive from the head, so the last unit in depth order met them first.
  const gradient = diagnostics.inputGradientNorm.findLastIndex((value) => !Number.isFinite(value));
  if (gradient >= 0) return { unit: units[gradient] ?? '', what: 'the gradient at its input' };
  return undefined;
}
