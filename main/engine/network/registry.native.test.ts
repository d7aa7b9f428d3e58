// Every kind of architecture that has a name: a training pass runs, and every parameter gets a gradient. Eagerly and
// on small images; what a recorded step computes is held against PyTorch elsewhere, and so are the parameters and
// multiply-adds of every name (main/parity/counts.test.ts).
import { expect, test } from 'vitest';
import { createRng } from '../../../shared/rng.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { sizeOf, weightsOf, type Weight } from '../../zoo/parameters.ts';
import type { Architecture } from '../../zoo/architecture.ts';
import { listArchitectures } from '../../zoo/registry.ts';
import { createTensor } from '../tensorflow/handles.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { failOnLeaks } from '../testing/leaks.ts';
import { negativeElbo } from './elbo.ts';
import { forward, type Forward, type Observer } from './forward.ts';

failOnLeaks();

const BATCH = 2;
const CLASSES = 3;

/** Sees everything, keeps nothing. */
const nobody: Observer = {
  statistics: () => undefined,
  response: () => undefined,
  inputGradient: () => undefined,
};

// One small table of random numbers for all: drawing a hundred million would take minutes.
const rng = createRng(1, 'registry test');
const noise = Float32Array.from({ length: 65_537 }, () => rng.normal());

function startOf({ shape, initial }: Weight): Tensor {
  const values = new Float32Array(sizeOf(shape));
  if (initial.kind === 'constant') values.fill(initial.value);
  else {
    const scale = initial.kind === 'normal' ? initial.deviation : initial.bound / 2;
    for (let i = 0; i < values.length; i++) values[i] = scale * (noise[i % noise.length] ?? 0);
  }
  return createTensor('float32', shape, values);
}

/** What is left of a spec without its depth: which layers there are, and how wide. */
function kindOf({ spec: { name, sampling, stages, ...rest } }: Architecture): string {
  return JSON.stringify({ ...rest, stages: stages.map(({ blocks, ...stage }) => stage) });
}

const depthOf = ({ spec }: Architecture): number =>
  spec.stages.reduce((sum, { blocks }) => sum + blocks, 0);

/** Of those that differ in depth alone the shallowest: the others have more of the same blocks. */
function oneOfEachKind(): readonly Architecture[] {
  const found = new Map<string, Architecture>();
  for (const entry of listArchitectures()) {
    const known = found.get(kindOf(entry));
    if (known === undefined || depthOf(entry) < depthOf(known)) found.set(kindOf(entry), entry);
  }
  return [...found.values()];
}

test.each(oneOfEachKind().map((entry) => [entry.name, entry] as const))(
  '%s runs, and every parameter has a gradient',
  (_, { spec }) => {
    const side = spec.stem.kind === 'cifar' ? 16 : 64;
    const input = { height: side, width: side, channels: 3 };
    // Sampling would leave some blocks out on purpose.
    const whole = { ...spec };
    delete whole.sampling;
    const plan = buildPlan(whole, { input, classes: CLASSES });
    tf.tidy(() => {
      const weights = weightsOf(plan);
      const tensors = new Map(weights.map((weight) => [weight.name, startOf(weight)]));
      const trained = weights.filter((weight) => weight.trained);
      const x = createTensor(
        'float32',
        [BATCH, side, side, 3],
        noise.slice(0, BATCH * side * side * 3),
      );
      const lossOf = tf.valueAndGrads((...parameters: Tensor[]) => {
        const byName = new Map(trained.map(({ name }, i) => [name, parameters[i]]));
        const seed = tf.tensor1d([1, 2], 'int32');
        const pass: Forward = {
          weight: (name) => byName.get(name) ?? tensors.get(name)!,
          gates: undefined,
          mode: { kind: 'training', seed, observer: nobody },
        };
        if (plan.decoder) {
          const elbo = negativeElbo(plan, { x, pixels: tf.sigmoid(x), noise: seed }, pass);
          return tf.sum(tf.add(elbo.reconstruction, elbo.divergence));
        }
        const logits = forward(plan, x, pass);
        return tf.sum(
          tf.mul(
            logits,
            tf.tensor2d([
              [1, -2, 3],
              [-2, 1, 1],
            ]),
          ),
        );
      });
      const { value, grads } = lossOf(trained.map(({ name }) => tensors.get(name)!));
      expect(Number.isFinite(value.dataSync()[0])).toBe(true);
      // One number per parameter crosses over from TensorFlow.
      const sizes = tf.stack(grads.map((gradient) => tf.sum(tf.abs(gradient)))).dataSync();
      trained.forEach(({ name }, i) => {
        expect(Number.isFinite(sizes[i]), name).toBe(true);
        expect(sizes[i], name).toBeGreaterThan(0);
      });
    });
  },
);
