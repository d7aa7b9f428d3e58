// Whatever the parser accepts must compute the same recorded, eagerly and, where PyTorch is there, in
// PyTorch. The specs are drawn, with a fixed seed; a failure is shrunk to a small spec.
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createRng } from '../../shared/rng.ts';
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { initialWeights } from '../engine/network/initialize.ts';
import { Network, networkProgram, recordNetwork } from '../engine/network/network.ts';
import type { NetworkProgramOptions } from '../engine/network/steps.ts';
import { createEagerProgram } from '../engine/recording/eager-program.ts';
import { failOnLeaks } from '../engine/testing/leaks.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { summarize } from '../zoo/summary.ts';
import { measureParity } from './network-parity.ts';
import { architectures } from './testing/arbitrary-architecture.ts';
import { findPythonWithTorch, TorchOracle } from './testing/torch-oracle.ts';

failOnLeaks();

const SEED = 20_161_104;
const RUNS = 12;
const BATCH = 8;
const CLASSES = 5;

const networks = fc.record({
  spec: architectures,
  // Odd sides and even ones; stems that shrink by four need more.
  side: fc.integer({ min: 8, max: 11 }),
});

function sizeOf(spec: ArchitectureSpec, side: number) {
  const height = spec.stem.kind === 'cifar' ? side : 3 * side;
  return { height, width: height + 1, channels: 3 };
}

const parameters = { seed: SEED, numRuns: RUNS } as const;

function largestGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [gap, size] = [0, 1e-6];
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN));
    if (!(difference <= gap)) gap = difference;
    size = Math.max(size, Math.abs(b[i] ?? 0));
  }
  return gap / size;
}

test('a recorded step of any network does what its eager step does', { timeout: 180_000 }, () => {
  fc.assert(
    fc.property(networks, ({ spec, side }) => {
      const input = sizeOf(spec, side);
      const plan = buildPlan(spec, { input, classes: CLASSES });
      const options: NetworkProgramOptions = {
        plan,
        batch: BATCH,
        data: { kind: 'streamed' },
        normalization: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
        augmentation: { pad: 0, flip: false },
        labelSmoothing: 0,
        optimizer: {
          momentum: 0.9,
          nesterov: false,
          weightDecay: 5e-4,
          decayNormAndBias: true,
          clipNorm: undefined,
        },
      };
      const rng = createRng(SEED, 'images');
      const size = BATCH * input.height * input.width * input.channels;
      const batch = {
        kind: 'streamed',
        images: Uint8Array.from({ length: size }, () => rng.below(256)),
        labels: Int32Array.from({ length: BATCH }, (_, i) => i % CLASSES),
      } as const;
      const run = (network: Network) => {
        try {
          network.writeWeights(initialWeights(plan, 1));
          network.writeSlots(new Map());
          const losses = [0, 1].map((step) => {
            const request = { batch, seed: [5, step], rate: 0.01 } as const;
            return network.step({ ...request, diagnostics: false, update: true }).loss;
          });
          const { logits = new Float32Array() } = network.evaluate({
            batch,
            validCount: BATCH,
            logits: true,
          });
          return { losses, logits };
        } finally {
          network.dispose();
        }
      };
      const recorded = run(recordNetwork(options, 'train'));
      const eager = run(new Network(options, createEagerProgram(networkProgram(options, 'train'))));
      expect(largestGap(recorded.losses, eager.losses)).toBeLessThan(1e-3);
      expect(largestGap(recorded.logits, eager.logits)).toBeLessThan(1e-2);
    }),
    parameters,
  );
});

const python = findPythonWithTorch();
const oracle = python === undefined ? undefined : new TorchOracle(python);
afterAll(() => oracle?.close());

test.skipIf(oracle === undefined)(
  'any network computes what PyTorch computes (needs a Python with torch: set PYTHON)',
  { timeout: 180_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(networks, async ({ spec, side }) => {
        const input = sizeOf(spec, side);
        const { height, width } = input;
        const asked = await oracle?.ask({ spec, height, width, steps: 3, seed: 1, rate: 0.005 });
        if (!asked) throw new Error('There is no oracle.');
        const { parameters: count, macs } = summarize(buildPlan(spec, { input, classes: CLASSES }));
        expect({ parameters: count, macs }).toEqual(asked.counts);
        const errors = measureParity(asked.fixture, 'recorded');
        expect(errors.evaluationLogits).toBeLessThan(1e-3);
        expect(errors.trainingLogits).toBeLessThan(1e-3);
        expect(errors.gradients, errors.worstGradient).toBeLessThan(1e-2);
        expect(errors.curve).toBeLessThan(1e-2);
      }),
      parameters,
    );
  },
);
