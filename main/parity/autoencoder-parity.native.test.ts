// A small residual variational autoencoder against PyTorch: loss terms of some steps, the gradient of every
// parameter, and the weights after them. PyTorch's answers are in fixtures/training/autoencoder-*.safetensors;
// `MAKE_FIXTURES=1` has torch_autoencoder.py make them again.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRng } from '../../shared/rng.ts';
import { floatPart, parseTensorFile, tensorFileParts } from '../../shared/safetensors.ts';
import { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { readFloats } from '../../shared/tensor-values.ts';
import { initialWeights } from '../engine/network/initialize.ts';
import { toFileLayout } from '../engine/network/layout.ts';
import {
  Network,
  networkProgram,
  recordNetwork,
  type TrainRequest,
} from '../engine/network/network.ts';
import type { NetworkProgramOptions } from '../engine/network/steps.ts';
import { normal, saltedSeed } from '../engine/ops/random.ts';
import { createEagerProgram } from '../engine/recording/eager-program.ts';
import { createTensor } from '../engine/tensorflow/handles.ts';
import { tf } from '../engine/tensorflow/library.ts';
import { failOnLeaks } from '../engine/testing/leaks.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { weightsOf } from '../zoo/parameters.ts';

failOnLeaks();

const TERM_TOLERANCE = 1e-5;
const GRADIENT_TOLERANCE = 1e-4;
const WEIGHT_TOLERANCE = 1e-4;

const [BATCH, SIDE, LATENT, STEPS, RATE] = [4, 8, 3, 5, 1e-4];
const KINDS = ['bernoulli', 'gaussian'] as const;
type Kind = (typeof KINDS)[number];

const random = createRng(3, 'autoencoder parity');
const IMAGES = Uint8Array.from({ length: BATCH * SIDE * SIDE * 3 }, () => random.below(256));

function optionsFor(
  kind: Kind,
  changes: Partial<NetworkProgramOptions> = {},
): NetworkProgramOptions {
  const spec = ArchitectureSpec.parse({
    stem: { kind: 'cifar', width: 4 },
    stages: [
      { blocks: 1, width: 4 },
      { blocks: 1, width: 6, stride: 2 },
    ],
    block: { kind: 'basic' },
    shortcut: 'B',
    decoder: { kind: 'mirror', latent: LATENT, blocks: [2, 1], likelihood: { kind } },
  });
  return {
    plan: buildPlan(spec, { input: { height: SIDE, width: SIDE, channels: 3 }, classes: 10 }),
    batch: BATCH,
    data: { kind: 'streamed' },
    normalization: { mean: [0, 0, 0], deviation: [1, 1, 1] },
    augmentation: { pad: 0, flip: false },
    labelSmoothing: 0,
    optimizer: {
      momentum: 0,
      nesterov: false,
      weightDecay: 0,
      decayNormAndBias: false,
      clipNorm: undefined,
    },
    ...changes,
  };
}

function request(step: number, changes: Partial<TrainRequest> = {}): TrainRequest {
  return {
    batch: { kind: 'streamed', images: IMAGES, labels: new Int32Array(BATCH) },
    seed: [5, step],
    rate: RATE,
    diagnostics: false,
    update: true,
    ...changes,
  };
}

const START_SEED = 11;

function withNetwork<T>(network: Network, plan: NetworkProgramOptions['plan'], body: () => T): T {
  try {
    network.writeWeights(initialWeights(plan, START_SEED));
    network.writeSlots(new Map());
    return body();
  } finally {
    network.dispose();
  }
}

/** The noise that a step draws, [BATCH, LATENT]. */
function noiseOf(step: number): Float32Array {
  return tf.tidy(() => {
    const seed = createTensor('int32', [2], new Int32Array([5, step]));
    return Float32Array.from(
      normal([BATCH, LATENT], saltedSeed(seed, 'latent')).dataSync<'float32'>(),
    );
  });
}

const fixture = (kind: Kind): string =>
  new URL(`fixtures/training/autoencoder-${kind}.safetensors`, import.meta.url).pathname;

function makeFixture(kind: Kind): void {
  const { plan } = optionsFor(kind);
  const start = initialWeights(plan, START_SEED);
  const noise = new Float32Array(STEPS * BATCH * LATENT);
  for (let step = 0; step < STEPS; step++) noise.set(noiseOf(step), step * BATCH * LATENT);
  const parts = [
    floatPart('images', [BATCH, SIDE, SIDE, 3], Float32Array.from(IMAGES)),
    floatPart('noise', [STEPS, BATCH, LATENT], noise),
    ...weightsOf(plan).map((weight) => {
      const values = toFileLayout(weight, start.get(weight.name) ?? new Float32Array());
      return floatPart(weight.name, weight.fileShape, values);
    }),
  ];
  const folder = mkdtempSync(join(tmpdir(), 'resnet-lab-autoencoder-'));
  try {
    const source = join(folder, 'in.safetensors');
    writeFileSync(source, Buffer.concat([...tensorFileParts(parts)]));
    const script = new URL('torch_autoencoder.py', import.meta.url).pathname;
    const options = JSON.stringify({ likelihood: kind, steps: STEPS, rate: RATE });
    execFileSync(process.env['PYTHON'] ?? 'python3', [script, source, fixture(kind), options]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function answers(kind: Kind): (name: string) => Float32Array {
  if (process.env['MAKE_FIXTURES'] === '1') makeFixture(kind);
  const file = parseTensorFile(readFileSync(fixture(kind)));
  return (name) => {
    const entry = file.tensors.get(name);
    if (!entry) throw new Error(`The fixture has no ${name}.`);
    return readFloats(entry.dtype, file.bytesOf(name));
  };
}

function gap(found: ArrayLike<number>, expected: Float32Array, size = largest(expected)): number {
  expect(found.length).toBe(expected.length);
  let difference = 0;
  expected.forEach((value, i) => {
    const apart = Math.abs((found[i] ?? Number.NaN) - value);
    if (!(apart <= difference)) difference = apart;
  });
  return difference / size;
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE);
}

describe.each(KINDS)('an autoencoder with a %s likelihood', (kind) => {
  test.each(['recorded', 'eager'])('trains as in PyTorch (%s)', (execution) => {
    const torch = answers(kind);
    const options = optionsFor(kind);
    const network =
      execution === 'recorded'
        ? recordNetwork(options, 'train')
        : new Network(options, createEagerProgram(networkProgram(options, 'train')));
    withNetwork(network, options.plan, () => {
      const gradients = network.gradients(request(0));
      const trained = network.weights.filter((weight) => weight.trained);
      // Of weights ahead of a batch norm's mean some gradients are 0 but for rounding: measured by all.
      const size = Math.max(...trained.map(({ name }) => largest(torch(`gradient/${name}`))));
      for (const weight of trained) {
        const found = toFileLayout(weight, gradients.get(weight.name) ?? new Float32Array());
        const expected = torch(`gradient/${weight.name}`);
        expect(gap(found, expected, size), weight.name).toBeLessThan(GRADIENT_TOLERANCE);
      }
      const terms = Array.from({ length: STEPS }, (_, step) => {
        const { elbo, loss, top1 } = network.step(request(step));
        if (!elbo) throw new Error('The step has no terms.');
        expect(top1).toBeNaN();
        expect(loss).toBeCloseTo(elbo.reconstruction + elbo.divergence, 3);
        return [elbo.reconstruction, elbo.divergence];
      });
      expect(gap(terms.flat(), torch('terms'))).toBeLessThan(TERM_TOLERANCE);
      const values = network.readWeights();
      for (const weight of trained) {
        const found = toFileLayout(weight, values.get(weight.name) ?? new Float32Array());
        expect(gap(found, torch(`weight/${weight.name}`), 1), weight.name).toBeLessThan(
          WEIGHT_TOLERANCE,
        );
      }
    });
  });
});

describe('the recorded step of an autoencoder', () => {
  test('goes on to the same bits from saved weights and slots', () => {
    const options = optionsFor('bernoulli', {
      optimizer: {
        kind: 'adamw',
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weightDecay: 0.01,
        decayNormAndBias: true,
        clipNorm: undefined,
      },
      augmentation: { pad: 1, flip: true },
    });
    const network = recordNetwork(options, 'train');
    withNetwork(network, options.plan, () => {
      const steps = (from: number, to: number): void => {
        for (let step = from; step < to; step++) network.step(request(step, { step, rate: 1e-3 }));
      };
      steps(0, 3);
      const [weights, slots] = [network.readWeights(), network.readSlots()];
      steps(3, 6);
      const straight = network.readWeights();
      network.writeWeights(weights);
      network.writeSlots(slots);
      steps(3, 6);
      expect(network.readWeights()).toEqual(straight);
    });
  });

  test('observes every unit and convolution, and evaluates by sums over valid examples', () => {
    const options = optionsFor('gaussian');
    const network = recordNetwork(options, 'train');
    withNetwork(network, options.plan, () => {
      const { diagnostics } = network.step(request(0, { diagnostics: true }));
      expect(network.units).toContain('decoder.layer1.0');
      expect(diagnostics?.gradientNorm).toHaveLength(network.units.length);
      expect(diagnostics?.inputGradientNorm.every((norm) => norm > 0)).toBe(true);
      expect(network.convolutions).toContain('decoder.layer1.0.conv1');
      expect(diagnostics?.responseDeviation).toHaveLength(network.convolutions.length);
      const { batch } = request(0);
      const evaluated = (validCount: number) =>
        network.evaluate({ batch, validCount, logits: false });
      const [one, all] = [evaluated(1), evaluated(BATCH)];
      expect(one.lossSum).toBeGreaterThan(0);
      expect(all.lossSum).toBeGreaterThan(one.lossSum);
      expect(all.top1Hits).toBeNaN();
      const { reconstruction, divergence } = all.elbo ?? { reconstruction: 0, divergence: 0 };
      expect(all.lossSum).toBeCloseTo(reconstruction + divergence, 2);
      expect(evaluated(BATCH)).toEqual(all);
    });
  });

  test('makes its mean of micro batches', () => {
    const options = optionsFor('bernoulli', { batch: BATCH / 2, microBatches: 2 });
    const network = recordNetwork(options, 'train');
    withNetwork(network, options.plan, () => {
      const { loss, elbo } = network.step(request(0));
      expect(loss).toBeCloseTo((elbo?.reconstruction ?? 0) + (elbo?.divergence ?? 0), 3);
    });
  });
});
