// Runs a fixture's computation in our engine and measures how far it is from PyTorch's answers.
import { Network, networkProgram, recordNetwork } from '../engine/network/network.ts';
import { fromFileLayout, toFileLayout } from '../engine/network/layout.ts';
import type { NetworkProgramOptions } from '../engine/network/steps.ts';
import { createEagerProgram } from '../engine/recording/eager-program.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import type { Weight } from '../zoo/parameters.ts';
import type { Fixture, FloatTensor, NamedTensors } from './fixture.ts';

export type Execution = 'recorded' | 'recorded, streamed' | 'eager';

export interface ParityErrors {
  /** Largest difference over the largest magnitude. */
  readonly evaluationLogits: number;
  readonly trainingLogits: number;
  readonly statistics: number;
  /** Of the worst parameter. */
  readonly gradients: number;
  readonly worstGradient: string;
  /** Of the worst step: |loss − PyTorch's| / PyTorch's. */
  readonly curve: number;
  /** Parameters and statistics after the last step, of the worst tensor. */
  readonly finalWeights: number;
}

export function measureParity(fixture: Fixture, execution: Execution): ParityErrors {
  const streamed = execution === 'recorded, streamed';
  const options = optionsFor(fixture, streamed);
  const network =
    execution === 'eager'
      ? new Network(options, createEagerProgram(networkProgram(options, 'train')))
      : recordNetwork(options, 'train');
  try {
    network.writeWeights(engineValues(network.weights, fixture.weights));
    network.writeSlots(new Map());
    if (!streamed) network.writeData(fixture.images, fixture.labels);
    const requestFor = (step: number) => ({
      batch: batchOf(fixture, step, streamed),
      seed: [0, step] as const,
      rate: fixture.optimizer.rate,
    });
    const evaluation = network.evaluate({
      batch: requestFor(0).batch,
      validCount: fixture.batchSize,
      logits: true,
    });
    const gradients = worst(network.gradients(requestFor(0)), network.weights, fixture.gradients);
    const trainingLogits = network.trainingLogits(requestFor(0));
    const losses: number[] = [];
    let statistics = 0;
    for (let step = 0; step < fixture.steps; step++) {
      const request = { ...requestFor(step), diagnostics: false, update: true };
      losses.push(network.step(request).loss);
      if (step === 0) {
        const kept = network.weights.filter((weight) => fixture.statistics.has(weight.name));
        statistics = worst(network.readWeights(), kept, fixture.statistics).error;
      }
    }
    const final = worst(network.readWeights(), network.weights, fixture.finalWeights);
    return {
      evaluationLogits: relativeError(evaluation.logits ?? [], fixture.logitsEval.values),
      trainingLogits: relativeError(trainingLogits, fixture.logitsTrain.values),
      statistics,
      gradients: gradients.error,
      worstGradient: gradients.name,
      curve: losses.reduce((max, loss, step) => {
        const expected = fixture.losses[step] ?? Number.NaN;
        return Math.max(max, Math.abs(loss - expected) / Math.abs(expected));
      }, 0),
      finalWeights: final.error,
    };
  } finally {
    network.dispose();
  }
}

function optionsFor(fixture: Fixture, streamed: boolean): NetworkProgramOptions {
  const { momentum, nesterov, weightDecay, decayNormAndBias, clipNorm } = fixture.optimizer;
  return {
    plan: buildPlan(fixture.spec, { input: fixture.input, classes: fixture.classes }),
    batch: fixture.batchSize,
    data: streamed ? { kind: 'streamed' } : { kind: 'resident', count: fixture.labels.length },
    normalization: fixture.normalization,
    augmentation: { pad: 0, flip: false },
    labelSmoothing: fixture.labelSmoothing,
    optimizer: {
      momentum,
      nesterov,
      weightDecay,
      decayNormAndBias,
      clipNorm: clipNorm ?? undefined,
    },
  };
}

function batchOf(fixture: Fixture, step: number, streamed: boolean) {
  const indices = fixture.batches[step] ?? new Int32Array();
  if (!streamed) return { kind: 'resident', indices } as const;
  const { height, width, channels } = fixture.input;
  const size = height * width * channels;
  const images = new Uint8Array(indices.length * size);
  indices.forEach((row, i) => {
    images.set(fixture.images.subarray(row * size, (row + 1) * size), i * size);
  });
  const labels = indices.map((row) => fixture.labels[row] ?? 0);
  return { kind: 'streamed', images, labels } as const;
}

function engineValues(weights: readonly Weight[], named: NamedTensors): Map<string, Float32Array> {
  return new Map(
    weights.map((weight) => [weight.name, fromFileLayout(weight, get(named, weight.name).values)]),
  );
}

function get(named: NamedTensors, name: string): FloatTensor {
  const tensor = named.get(name);
  if (!tensor) throw new Error(`The fixture has no ${name}.`);
  return tensor;
}

/**
 * Compares in PyTorch's layout and finds the worst of several tensors. What should be 0 and is 0 but
 * for rounding, such as the gradient of a shift that a later normalization takes out again, is held
 * against this share of the largest of all values: with a tolerance of 1e-3 that is 1e-6 of it, eight times the
 * rounding of float32.
 */
const ZERO_SHARE = 1e-3;

function worst(
  given: ReadonlyMap<string, Float32Array>,
  weights: readonly Weight[],
  expected: NamedTensors,
): { error: number; name: string } {
  let result = { error: 0, name: '' };
  const compared = weights.filter(({ name }) => given.has(name) && expected.has(name));
  const largest = Math.max(0, ...compared.map(({ name }) => largestOf(get(expected, name).values)));
  for (const weight of compared) {
    const values = toFileLayout(weight, given.get(weight.name) ?? new Float32Array());
    const floor = ZERO_SHARE * largest;
    const error = relativeError(values, get(expected, weight.name).values, floor);
    if (!(error <= result.error)) result = { error, name: weight.name };
  }
  return result;
}

function largestOf(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

function relativeError(
  given: ArrayLike<number>,
  expected: ArrayLike<number>,
  floor = Number.MIN_VALUE,
): number {
  if (given.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < expected.length; i++) {
    const gap = Math.abs((given[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    // NaN must not vanish in a maximum.
    if (!(gap <= difference)) difference = gap;
    magnitude = Math.max(magnitude, Math.abs(expected[i] ?? 0));
  }
  return difference / Math.max(magnitude, floor);
}
