// Trains the self-test's networks in this process, on whatever device it sees: losses and speed.
import { createRng } from '../../../shared/rng.ts';
import type { Precision } from '../../../shared/spec/precision.ts';
import { initialWeights } from '../../engine/network/initialize.ts';
import { recordNetwork, type Network } from '../../engine/network/network.ts';
import type { NetworkProgramOptions } from '../../engine/network/steps.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { getArchitecture } from '../../zoo/registry.ts';
import { median } from '../statistics.ts';
import {
  CASE_LIMIT_MS,
  CLASSES,
  LOSS_SCALE,
  SELFTEST_STEPS,
  type CaseResult,
  type SelftestCase,
} from './cases.ts';

/** Steps that TensorFlow warms up in. */
const WARMUP = 2;
/** Every step sees other images. */
const BATCHES = 4;

export function measureCase(of: SelftestCase, precision: Precision): CaseResult {
  const options = optionsFor(of, precision);
  const network = recordNetwork(options, 'train');
  try {
    prepare(network, options);
    const losses: number[] = [];
    const times: number[] = [];
    const begun = performance.now();
    while (losses.length < SELFTEST_STEPS && performance.now() - begun < CASE_LIMIT_MS) {
      const started = performance.now();
      losses.push(oneStep(network, of, losses.length));
      times.push(performance.now() - started);
    }
    const warm = times.slice(WARMUP);
    const imagesPerSecond = warm.length === 0 ? null : (1000 * of.batch) / median(warm);
    return { architecture: of.architecture, precision, losses, imagesPerSecond };
  } finally {
    network.dispose();
  }
}

function oneStep(network: Network, { batch, rate }: SelftestCase, step: number): number {
  const first = (step % BATCHES) * batch;
  return network.step({
    batch: { kind: 'resident', indices: Int32Array.from({ length: batch }, (_, i) => first + i) },
    ...{ seed: [1, step], rate, step, lossScale: LOSS_SCALE, diagnostics: false, update: true },
  }).loss;
}

function optionsFor(of: SelftestCase, precision: Precision): NetworkProgramOptions {
  return {
    plan: buildPlan(getArchitecture(of.architecture).spec, {
      input: { height: of.size, width: of.size, channels: 3 },
      classes: CLASSES,
    }),
    precision,
    batch: of.batch,
    data: { kind: 'resident', count: BATCHES * of.batch },
    normalization: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
    augmentation: { pad: 0, flip: false },
    labelSmoothing: 0,
    optimizer: {
      ...{ momentum: 0.9, nesterov: false, weightDecay: 1e-4 },
      ...{ decayNormAndBias: true, clipNorm: undefined },
    },
  };
}

/** Weights and images are functions of a seed, so losses can be compared with those of other machines. */
function prepare(network: Network, options: NetworkProgramOptions): void {
  network.writeWeights(initialWeights(options.plan, 1));
  network.writeSlots(new Map());
  const { height, width } = options.plan.input;
  const count = BATCHES * options.batch;
  const rng = createRng(1, 'selftest');
  network.writeData(
    Uint8Array.from({ length: count * height * width * 3 }, () => rng.below(256)),
    Int32Array.from({ length: count }, (_, i) => i % CLASSES),
  );
}
