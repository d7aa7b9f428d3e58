// A random network, computed in several ways: how far the answers are apart. For the native test, which
// tries a few, and for the torture suite, which tries many.
import fc, { type Arbitrary } from 'fast-check';
import { createRng } from '../../../shared/rng.ts';
import type { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import { isAutoencoder } from '../../../shared/spec/autoencoder.ts';
import { initialWeights } from '../../engine/network/initialize.ts';
import { Network, networkProgram, recordNetwork } from '../../engine/network/network.ts';
import type { NetworkProgramOptions } from '../../engine/network/steps.ts';
import { createEagerProgram } from '../../engine/recording/eager-program.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { summarize } from '../../zoo/summary.ts';
import { measureParity } from '../network-parity.ts';
import { architectures, classifiers } from './arbitrary-architecture.ts';
import type { TorchOracle } from './torch-oracle.ts';

const BATCH = 8;
const CLASSES = 5;

export interface RandomNetwork {
  readonly spec: ArchitectureSpec;
  readonly side: number;
}

/** Odd sides and even ones; stems that shrink by four need more. */
const side = fc.integer({ min: 8, max: 11 });

export const randomNetworks: Arbitrary<RandomNetwork> = fc.record({ spec: architectures, side });

/** Autoencoders have a parity test of their own: PyTorch has to draw the same noise. */
export const randomClassifiers: Arbitrary<RandomNetwork> = fc.record({ spec: classifiers, side });

/** Differences over the largest magnitude, each with the most it may be. */
export type Gaps = Readonly<Record<string, { readonly gap: number; readonly most: number }>>;

/** The names of the gaps that are too wide. */
export function tooWide(gaps: Gaps): readonly string[] {
  return Object.entries(gaps).flatMap(([name, { gap, most }]) =>
    gap < most ? [] : [`${name}: ${gap}, at most ${most}`],
  );
}

/**
 * Two recorded steps and an evaluation (its loss, and a classifier's logits) against the same ones, run eagerly.
 * The gradients of the first step are compared as one vector: where an activation is nearly 0, rounding decides
 * which side of the ReLU it is on, and with it a small weight's whole gradient.
 */
export function recordedAgainstEager({ spec, side }: RandomNetwork, seed: number): Gaps {
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
  const rng = createRng(seed, 'images');
  const size = BATCH * input.height * input.width * input.channels;
  const batch = {
    kind: 'streamed',
    images: Uint8Array.from({ length: size }, () => rng.below(256)),
    labels: Int32Array.from({ length: BATCH }, (_, i) => i % CLASSES),
  } as const;
  // An autoencoder's loss is summed over pixels: at a classifier's rate it would be thrown about.
  const rate = isAutoencoder(spec) ? 1e-5 : 0.01;
  const run = (network: Network) => {
    try {
      network.writeWeights(initialWeights(plan, 1));
      network.writeSlots(new Map());
      const step = (index: number) => {
        const request = { batch, seed: [5, index], rate } as const;
        return network.step({ ...request, diagnostics: false, update: true }).loss;
      };
      const first = step(0);
      const gradients = network.readSlots();
      const losses = [first, step(1)];
      const { lossSum, logits = new Float32Array() } = network.evaluate({
        batch,
        validCount: BATCH,
        logits: !isAutoencoder(spec),
      });
      return { losses: [...losses, lossSum / BATCH], logits, gradients };
    } finally {
      network.dispose();
    }
  };
  const recorded = run(recordNetwork(options, 'train'));
  const eager = run(new Network(options, createEagerProgram(networkProgram(options, 'train'))));
  return {
    losses: { gap: largestGap(recorded.losses, eager.losses), most: 1e-3 },
    gradients: { gap: distance(recorded.gradients, eager.gradients), most: 1e-2 },
    logits: { gap: largestGap(recorded.logits, eager.logits), most: 1e-2 },
  };
}

/** Counts, logits, gradients and three steps against PyTorch's. */
export async function recordedAgainstTorch(
  { spec, side }: RandomNetwork,
  oracle: TorchOracle,
): Promise<Gaps> {
  const input = sizeOf(spec, side);
  const { height, width } = input;
  const asked = await oracle.ask({ spec, height, width, steps: 3, seed: 1, rate: 0.005 });
  const { parameters, macs } = summarize(buildPlan(spec, { input, classes: CLASSES }));
  const errors = measureParity(asked.fixture, 'recorded');
  return {
    parameters: { gap: Math.abs(parameters - asked.counts.parameters), most: 0.5 },
    macs: { gap: Math.abs(macs - asked.counts.macs), most: 0.5 },
    'evaluation logits': { gap: errors.evaluationLogits, most: 1e-3 },
    'training logits': { gap: errors.trainingLogits, most: 1e-3 },
    [`gradient of ${errors.worstGradient}`]: { gap: errors.gradients, most: 1e-2 },
    curve: { gap: errors.curve, most: 1e-2 },
  };
}

function sizeOf(spec: ArchitectureSpec, side: number) {
  // A decoder leads back only by doubling: four of it are the most that stem and stages halve here.
  if (isAutoencoder(spec)) return { height: 16, width: 32, channels: 3 };
  const height = spec.stem.kind === 'cifar' ? side : 3 * side;
  return { height, width: height + 1, channels: 3 };
}

/** ‖a − b‖ / ‖b‖ over the values of all names. */
function distance(
  a: ReadonlyMap<string, Float32Array>,
  b: ReadonlyMap<string, Float32Array>,
): number {
  let [difference, size] = [0, 0];
  for (const [name, values] of b) {
    const others = a.get(name);
    values.forEach((value, i) => {
      difference += ((others?.[i] ?? Number.NaN) - value) ** 2;
      size += value ** 2;
    });
  }
  return Math.sqrt(difference / size);
}

function largestGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [gap, size] = [0, 1e-6];
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN));
    if (!(difference <= gap)) gap = difference;
    size = Math.max(size, Math.abs(b[i] ?? 0));
  }
  return gap / size;
}
